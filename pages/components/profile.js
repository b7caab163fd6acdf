import { Avatar, Icon, fill, fullTime } from 'ys/base.js';
import { Field, Toggle, formMixin } from 'ys/form.js';

export default {
  components: { YsAvatar: Avatar, YsIcon: Icon, YsField: Field, YsToggle: Toggle },
  mixins: [formMixin],
  props: { me: Object, links: Array, consents: Array, sessions: Array, password: Object, locales: Array, labels: Object },
  data() {
    const prefs = window.YS && YS.prefs ? YS.prefs.get() : { theme: 'auto', large: false, locale: 'zh-CN' };
    return {
      name: this.me.name || '', skills: this.me.skills || '', editing: false, saved: '', prefs, agreed: Object.fromEntries((this.consents || []).map((c) => [c.key, !!c.on])), devices: [...(this.sessions || [])],
      changing: false, fresh: '', old: '', has: !!(this.password && this.password.set), shows: false,
    };
  },
  methods: {
    fill, fullTime,
    async rename() {
      const data = await this.ask('name', 'save', { nickname: this.name.trim() }, ['nickname']);
      if (!data) return;
      this.editing = false;
      this.saved = this.labels.saved;
    },
    async saveSkills() {
      const data = await this.ask('skills', 'save', { skills: this.skills }, ['skills']);
      if (!data) return;
      this.skills = data.skills;
      this.saved = this.labels.saved;
    },
    async agree(key, on) {
      this.agreed = { ...this.agreed, [key]: on };
      if (!(await this.ask(key, 'save', { [key]: on }))) this.agreed = { ...this.agreed, [key]: !on };
    },
    async prefer(change) {
      if (change.locale && change.locale !== this.prefs.locale && !(await this.ask('locale', 'save', { locale: change.locale }))) return;
      this.prefs = { ...this.prefs, ...change };
      if (window.YS && YS.prefs) YS.prefs.set(change);
    },
    async setPassword() {
      if (this.fresh.length < 8) { this.fails('password', this.labels.password_short); return; }
      const data = await this.ask('password', 'set_password', { password: this.fresh, old: this.old || null }, ['password', 'old']);
      if (!data) return;
      Object.assign(this, { changing: false, fresh: '', old: '', has: true, saved: this.labels.password_saved });
    },
    async out(device) {
      if (await this.ask(`out${device.id}`, 'revoke', { session_id: device.id })) this.devices = this.devices.filter((one) => one.id !== device.id);
    },
    async leave() {
      this.busy = 'leave';
      if (window.YS && YS.forget) YS.forget();
      try { await fetch('/session/leave', { method: 'POST', credentials: 'same-origin' }); } catch (e) { this.busy = ''; this.problem = this.labels.failed; return; }
      this.go('/login');
    },
  },
  template: `
<section class="ys-form ys-profile">
  <div class="ys-card ys-who-card"><ys-avatar :name="name"/><div><strong>{{ name }}</strong><p v-if="me.phone" class="ys-hint">{{ me.phone }}</p><p v-if="me.roles && me.roles.length" class="ys-role-tags"><span v-for="r in me.roles" :key="r" class="ys-tag ys-tag-red">{{ r }}</span></p></div><button type="button" class="ys-icon-btn" :aria-label="labels.edit_name" :aria-expanded="editing ? 'true' : 'false'" @click="editing = !editing"><ys-icon name="edit"/></button></div>
  <form v-if="editing" class="ys-card ys-pad" novalidate @submit.prevent="rename"><ys-field ref="nickname" v-model="name" :label="labels.name" :hint="labels.name_hint" :error="errors.nickname" autocomplete="nickname" maxlength="30" @input="clean('nickname')"/><button v-if="me.proposed && name !== me.proposed" type="button" class="ys-chip-btn" @click="name = me.proposed">{{ fill(labels.name_use, {name: me.proposed}) }}</button><button type="submit" class="ys-btn ys-btn-main ys-btn-wide" :disabled="!!busy">{{ labels.save }}</button></form>
  <p v-if="saved" class="ys-thanks" role="status"><ys-icon name="check"/>{{ saved }}</p>
  <p v-if="problem" class="ys-error" role="alert"><ys-icon name="error"/>{{ problem }}</p>
  <div v-if="me.homes && me.homes.length" class="ys-card ys-list-card"><h2>{{ labels.home }}</h2><p v-for="h in me.homes" :key="h.label" class="ys-row"><ys-icon name="home"/><span>{{ h.label }}<small v-if="h.relation">{{ h.relation }}</small></span><span class="ys-tag" :class="h.verified ? 'ys-tag-green' : 'ys-tag-amber'">{{ h.verified ? labels.verified : labels.waiting }}</span></p></div>
  <form class="ys-card ys-pad" novalidate @submit.prevent="saveSkills"><ys-field ref="skills" v-model="skills" :label="labels.skills" :hint="labels.skills_hint" :error="errors.skills" name="skills" autocomplete="off" maxlength="120" @input="clean('skills')"><button type="submit" class="ys-btn" :disabled="!!busy">{{ labels.save }}</button></ys-field></form>
  <nav v-if="links && links.length" class="ys-card ys-list-card" :aria-label="labels.mine"><a v-for="l in links" :key="l.href" class="ys-row" :href="l.href"><ys-icon :name="l.icon"/><span>{{ l.label }}</span><b v-if="l.value">{{ l.value }}</b><ys-icon name="chevron_right"/></a></nav>
  <div class="ys-card ys-list-card"><h2>{{ labels.reading }}</h2>
    <ys-toggle icon="text_fields" :label="labels.large" :hint="labels.large_hint" :model-value="prefs.large" @update:model-value="prefer({large: $event})"/>
    <fieldset class="ys-choices ys-pad"><legend class="ys-legend">{{ labels.theme }}</legend><label v-for="t in ['auto', 'light', 'dark']" :key="t" :class="{'is-on': prefs.theme === t}"><input class="ys-sr" type="radio" name="theme" :value="t" :checked="prefs.theme === t" @change="prefer({theme: t})">{{ labels['theme_' + t] }}</label></fieldset>
    <fieldset v-if="locales && locales.length > 1" class="ys-choices ys-pad"><legend class="ys-legend">{{ labels.language }}</legend><label v-for="l in locales" :key="l.key" :class="{'is-on': prefs.locale === l.key}" :lang="l.key"><input class="ys-sr" type="radio" name="locale" :value="l.key" :checked="prefs.locale === l.key" @change="prefer({locale: l.key})">{{ l.label }}</label></fieldset></div>
  <div v-if="consents && consents.length" class="ys-card ys-list-card"><h2>{{ labels.privacy }}</h2><ys-toggle v-for="c in consents" :key="c.key" icon="verified_user" :label="c.label" :hint="c.hint" :model-value="agreed[c.key]" @update:model-value="agree(c.key, $event)"/></div>
  <div class="ys-card ys-list-card"><h2>{{ labels.safety }}</h2>
    <button v-if="password" type="button" class="ys-row" :aria-expanded="changing ? 'true' : 'false'" @click="changing = !changing"><ys-icon name="lock"/><span>{{ has ? labels.password_change : labels.password_new }}</span><ys-icon :name="changing ? 'expand_less' : 'chevron_right'"/></button>
    <form v-if="changing" class="ys-pad" novalidate @submit.prevent="setPassword">
      <ys-field v-if="password.old_needed && has" ref="old" v-model="old" type="password" :label="labels.password_old" :error="errors.old" autocomplete="current-password" maxlength="200"/>
      <ys-field ref="password" v-model="fresh" :type="shows ? 'text' : 'password'" :label="labels.password" :hint="labels.password_hint" :error="errors.password" autocomplete="new-password" maxlength="200"><button type="button" class="ys-icon-btn" :aria-label="labels.password_show" :aria-pressed="shows ? 'true' : 'false'" @click="shows = !shows"><ys-icon :name="shows ? 'visibility_off' : 'visibility'"/></button></ys-field>
      <button type="submit" class="ys-btn ys-btn-main ys-btn-wide" :disabled="!!busy">{{ labels.save }}</button></form>
    <p v-if="devices.length" class="ys-row"><ys-icon name="verified_user"/><span>{{ fill(labels.devices, {n: devices.length}) }}</span></p>
    <p v-for="d in devices" :key="d.id" class="ys-row is-sub"><span>{{ d.device || labels.device_unknown }}<small>{{ d.current ? labels.device_this : fullTime(d.last_seen_at, labels.time) }}</small></span><button v-if="!d.current" type="button" class="ys-text-btn" :disabled="!!busy" @click="out(d)">{{ labels.device_out }}</button></p></div>
  <button type="button" class="ys-btn ys-btn-wide" :disabled="busy === 'leave'" @click="leave"><ys-icon name="logout"/>{{ labels.leave }}</button>
  <p class="ys-hint">{{ labels.leave_hint }}</p>
</section>`,
};
