import { Icon, fill } from 'ys/base.js';
import { Field, formMixin } from 'ys/form.js';

export default {
  components: { YsIcon: Icon, YsField: Field },
  mixins: [formMixin],
  kept: ['code', 'nickname', 'room_no', 'relation'],
  keptAs: 'ys-join',
  props: { invite: Object, token: String, me: Object, problem_words: String, labels: Object },
  data() {
    return { place: this.invite || null, code: this.token || '', nickname: (this.me && this.me.name) || '', room_no: '', relation: 'family', done: null };
  },
  created() {
    if (this.problem_words) this.errors = { code: this.problem_words };
  },
  methods: {
    fill,
    async look() {
      const code = this.code.trim();
      if (!code) { this.fails('code', this.labels.code_empty); return; }
      const data = await this.ask('look', 'look', { code }, ['code', 'token']);
      if (!data) {
        if (this.problem) { this.fails('code', this.problem); this.problem = ''; }
        return;
      }
      this.place = data.invite || data;
      this.code = this.place.token || code;
    },
    async join() {
      if (!this.nickname.trim()) { this.fails('nickname', this.labels.name_empty); return; }
      const args = { token: this.place.token || this.code, nickname: this.nickname.trim(), room_no: this.room_no.trim() || null, relation: this.relation };
      const data = await this.ask('join', 'join', args, ['nickname', 'room_no']);
      if (!data) return;
      this.forget();
      if (data.pending) this.done = data;
      else if (data.href) { this.busy = 'join'; this.go(data.href); }
    },
    again() { this.place = null; this.errors = {}; this.problem = ''; },
  },
  template: `
<section class="ys-form ys-join">
  <div v-if="done" class="ys-welcome" role="status"><ys-icon name="check_circle"/><h1>{{ labels.welcome }}</h1><p>{{ done.words || labels.pending }}</p><a class="ys-btn ys-btn-main ys-btn-wide" :href="done.href || '/messages'">{{ labels.go_in }}</a></div>
  <template v-else-if="!place">
    <div class="ys-welcome"><img src="/static/img/logo.svg" alt=""><h1>{{ labels.title }}</h1><p>{{ labels.intro }}</p></div>
    <form novalidate @submit.prevent="look"><ys-field ref="code" v-model="code" :label="labels.code" :hint="labels.code_hint" :error="errors.code" name="invite" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="64" @input="clean('code')"/>
      <p v-if="problem" class="ys-error" role="alert"><ys-icon name="error"/>{{ problem }}</p>
      <button type="submit" class="ys-btn ys-btn-main ys-btn-wide" :disabled="!!busy"><i v-if="busy" class="ys-spin" aria-hidden="true"></i>{{ labels.look }}</button></form>
  </template>
  <template v-else>
    <div class="ys-welcome"><img src="/static/img/logo.svg" alt=""><p>{{ labels.invited }}</p><h1>{{ place.title }}</h1><p v-if="place.where">{{ place.where }}</p></div>
    <div v-if="place.members || place.about" class="ys-card ys-invite"><p v-if="place.about">{{ place.about }}</p><p v-if="place.members" class="ys-hint"><ys-icon name="group"/> {{ fill(labels.members, {n: place.members}) }}</p></div>
    <a v-if="place.login_href" class="ys-btn ys-btn-main ys-btn-wide" :href="place.login_href">{{ labels.login_first }}</a>
    <form v-else novalidate @submit.prevent="join">
      <ys-field ref="nickname" v-model="nickname" :label="labels.name" :hint="labels.name_hint" :error="errors.nickname" name="nickname" autocomplete="nickname" maxlength="30" @input="clean('nickname')"/>
      <p v-if="place.household" class="ys-note"><ys-icon name="home"/>{{ fill(labels.household, {label: place.household}) }}</p>
      <template v-else-if="place.takes_flats"><ys-field ref="room_no" v-model="room_no" :label="labels.room_no" :hint="labels.room_no_hint" :error="errors.room_no" name="flat" inputmode="text" autocomplete="off" maxlength="12" @input="clean('room_no')"/></template>
      <fieldset v-if="place.household || place.takes_flats" class="ys-field ys-choices"><legend class="ys-legend">{{ labels.relation }}</legend><label v-for="r in ['owner', 'family', 'tenant']" :key="r" :class="{'is-on': relation === r}"><input class="ys-sr" type="radio" name="relation" :value="r" v-model="relation">{{ labels['relation_' + r] }}</label></fieldset>
      <p v-if="problem" class="ys-error" role="alert"><ys-icon name="error"/>{{ problem }}</p>
      <p v-if="place.rules" class="ys-hint">{{ place.rules }}</p>
      <button type="submit" class="ys-btn ys-btn-main ys-btn-wide" :disabled="!!busy"><i v-if="busy" class="ys-spin" aria-hidden="true"></i>{{ labels.join }}</button>
      <button v-if="!invite" type="button" class="ys-btn ys-btn-plain ys-btn-wide" @click="again">{{ labels.other_code }}</button>
    </form>
    <p class="ys-hint ys-privacy"><ys-icon name="lock"/>{{ labels.privacy }}</p>
  </template>
</section>`,
};
