import { Icon, fill } from 'ys/base.js';
import { Field, formMixin, isPhone, phoneDigits } from 'ys/form.js';

export default {
  components: { YsIcon: Icon, YsField: Field },
  mixins: [formMixin],
  kept: ['phone', 'mode'],
  keptAs: 'ys-login',
  props: { title: String, intro: String, next: String, demo: Array, notice: String, edition: String, labels: Object },
  data() { return { mode: 'code', phone: '', code: '', password: '', wait: 0, sent: false, shown: '', pending: '', key: '', picture: '', factor: '', recovery: [], href: '' }; },
  beforeUnmount() { clearInterval(this.timer); },
  methods: {
    fill,
    phoneRight() { return isPhone(this.phone) || this.fails('phone', this.labels.phone_wrong); },
    async send() {
      if (!this.phoneRight()) return;
      const data = await this.ask('send', 'code', { phone: phoneDigits(this.phone) }, ['phone']);
      if (!data) return;
      this.sent = true;
      this.shown = data.shown || '';
      this.wait = data.again || 60;
      clearInterval(this.timer);
      this.timer = setInterval(() => { this.wait -= 1; if (this.wait <= 0) clearInterval(this.timer); }, 1000);
      this.$nextTick(() => this.$refs.code && this.$refs.code.focus());
    },
    async enter() {
      if (!this.phoneRight()) return;
      const byCode = this.mode === 'code';
      const phone = phoneDigits(this.phone);
      if (byCode && !/^\d{4,8}$/.test(this.code.trim())) { this.fails('code', this.labels.code_wrong); return; }
      if (!byCode && !this.password) { this.fails('password', this.labels.password_empty); return; }
      const args = byCode ? { phone, code: this.code.trim(), next: this.next } : { phone, password: this.password, next: this.next };
      const data = await this.ask('enter', byCode ? 'enter' : 'password', args, ['phone', 'code', 'password']);
      if (data && data.pending) this.askFactor(data);
      else if (data && data.href) { this.forget(); this.busy = 'enter'; this.go(data.href); }
    },
    askFactor(data) {
      Object.assign(this, { pending: data.pending, key: data.key, picture: data.picture, factor: '', password: '', code: '' });
      this.$nextTick(() => this.$refs.factor && this.$refs.factor.focus());
    },
    async prove() {
      if (!this.factor.trim()) { this.fails('factor', this.labels.factor_empty); return; }
      const data = await this.ask('prove', 'prove', { pending: this.pending, factor: this.factor.trim(), next: this.next }, ['factor']);
      if (!data || !data.href) return;
      this.forget();
      this.href = data.href;
      this.recovery = data.recovery;
      if (!this.recovery.length) this.enterNow();
    },
    enterNow() { this.busy = 'enter'; this.go(this.href); },
    startOver() { Object.assign(this, { pending: '', factor: '', problem: '', errors: {} }); },
    async try_(person) {
      const data = await this.ask(`demo${person.member_id}`, 'demo', { member_id: person.member_id, next: this.next });
      if (data && data.href) { this.busy = 'enter'; this.go(data.href); }
    },
    turn() { this.mode = this.mode === 'code' ? 'password' : 'code'; this.errors = {}; this.problem = ''; },
  },
  template: `
<section v-if="recovery.length" class="ys-form ys-login">
  <h1>{{ labels.recovery_title }}</h1><p class="ys-hint">{{ labels.recovery_hint }}</p>
  <ol class="ys-recovery"><li v-for="one in recovery" :key="one"><code>{{ one }}</code></li></ol>
  <button type="button" class="ys-btn ys-btn-main ys-btn-wide" :disabled="busy === 'enter'" @click="enterNow">{{ labels.recovery_done }}</button>
</section>
<section v-else-if="pending" class="ys-form ys-login">
  <h1>{{ picture ? labels.setup_title : labels.factor_title }}</h1>
  <template v-if="picture"><p>1. {{ labels.setup_one }}</p><img class="ys-qr" :src="picture" :alt="labels.setup_picture" width="220" height="220">
    <p class="ys-hint">{{ labels.setup_key }}<br><code>{{ key }}</code></p><p>2. {{ labels.setup_two }}</p></template>
  <p v-else class="ys-hint">{{ labels.factor_hint }}</p>
  <form novalidate @submit.prevent="prove">
    <ys-field ref="factor" v-model="factor" :label="labels.factor" :error="errors.factor" name="factor" autocomplete="one-time-code" maxlength="16" @input="clean('factor')"/>
    <p v-if="problem" class="ys-error" role="alert"><ys-icon name="error"/>{{ problem }}</p>
    <button type="submit" class="ys-btn ys-btn-main ys-btn-wide" :disabled="!!busy"><i v-if="busy === 'prove'" class="ys-spin" aria-hidden="true"></i>{{ labels.enter }}</button>
    <button type="button" class="ys-btn ys-btn-plain ys-btn-wide" @click="startOver">{{ labels.start_over }}</button>
  </form>
</section>
<section v-else class="ys-form ys-login">
  <div class="ys-welcome"><img src="/static/img/logo.svg" alt=""><h1>{{ title || labels.title }}</h1><p>{{ intro || labels.intro }}</p></div>
  <p v-if="notice" class="ys-note" role="status"><ys-icon name="info"/>{{ notice }}</p>
  <form novalidate @submit.prevent="enter">
    <ys-field ref="phone" v-model="phone" :label="labels.phone" :error="errors.phone" type="tel" inputmode="tel" name="phone" autocomplete="tel-national" maxlength="20" :placeholder="labels.phone_hint" @input="clean('phone')"/>
    <ys-field v-if="mode === 'code'" ref="code" v-model="code" :label="labels.code" :error="errors.code" inputmode="numeric" name="code" autocomplete="one-time-code" maxlength="8" @input="clean('code')"><button type="button" class="ys-btn" :disabled="wait > 0 || busy === 'send'" @click="send"><i v-if="busy === 'send'" class="ys-spin" aria-hidden="true"></i>{{ wait > 0 ? fill(labels.again_in, {n: wait}) : sent ? labels.again : labels.send }}</button></ys-field>
    <ys-field v-else ref="password" v-model="password" :label="labels.password" :error="errors.password" type="password" name="password" autocomplete="current-password" maxlength="200" @input="clean('password')"/>
    <p v-if="shown && mode === 'code'" class="ys-note" role="status"><span class="ys-tag ys-tag-amber">{{ labels.demo }}</span>{{ fill(labels.demo_code, {code: shown}) }}</p>
    <p v-else-if="sent && mode === 'code'" class="ys-hint" role="status">{{ labels.code_sent }}</p>
    <p v-if="problem" class="ys-error" role="alert"><ys-icon name="error"/>{{ problem }}</p>
    <button type="submit" class="ys-btn ys-btn-main ys-btn-wide" :disabled="!!busy"><i v-if="busy === 'enter'" class="ys-spin" aria-hidden="true"></i>{{ labels.enter }}</button>
    <button type="button" class="ys-btn ys-btn-plain ys-btn-wide" @click="turn">{{ mode === 'code' ? labels.by_password : labels.by_code }}</button>
  </form>
  <p class="ys-hint">{{ labels.first_time }}</p>
  <p class="ys-hint">{{ labels.notice }}<a class="ys-text-btn" href="/privacy">{{ fill(labels.notice_link, { edition }) }}</a></p>
  <div v-if="demo && demo.length" class="ys-demo"><h2><span class="ys-tag ys-tag-amber">{{ labels.demo }}</span>{{ labels.demo_people }}</h2>
    <button v-for="p in demo" :key="p.member_id" type="button" class="ys-btn ys-btn-wide" :disabled="!!busy" @click="try_(p)"><i v-if="busy === 'demo' + p.member_id" class="ys-spin" aria-hidden="true"></i>{{ p.title }}</button></div>
</section>`,
};
