import { Icon, fill, fullTime, liveMixin } from 'ys/base.js';
import { Field, formMixin } from 'ys/form.js';

export default {
  components: { YsIcon: Icon, YsField: Field },
  mixins: [formMixin, liveMixin],
  kept: ['code', 'nickname', 'room_no', 'relation', 'answer'],
  keptAs: 'ys-join',
  props: { invite: Object, token: String, me: Object, problem_words: String, topic: String, labels: Object },
  data() {
    return { place: this.invite || null, code: this.token || '', nickname: '', room_no: '', relation: 'family', answer: '', done: null, request: (this.invite && this.invite.request) || null };
  },
  created() {
    this.propose();
    if (this.problem_words) this.errors = { code: this.problem_words };
  },
  mounted() {
    if (this.topic) this.listen(this.topic, (frame) => { if (frame.k === 'entry') this.news(); });
    this.onConnect(({ first }) => { if (!first) this.news(); });
  },
  methods: {
    fill, fullTime,
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
      this.request = this.place.request || null;
      this.propose();
    },
    /** 楼栋-姓名 stands in the box until something else is written there. */
    propose() {
      const proposed = (this.place && this.place.nickname) || (this.me && this.me.name) || '';
      if (!this.nickname || this.nickname.endsWith('-') || this.nickname === this.proposed) this.nickname = proposed;
      this.proposed = proposed;
    },
    async news() {
      if (!this.place || !this.place.room) return;
      try { this.request = (await YS.act(this, 'request', { room: this.place.room })).request || this.request; } catch (e) { /* the next news, or the next visit */ }
    },
    askAgain() { this.request = null; this.$nextTick(() => this.$refs.answer && this.$refs.answer.focus()); },
    async join() {
      if (!this.nickname.trim()) { this.fails('nickname', this.labels.name_empty); return; }
      const args = { token: this.place.token || this.code, nickname: this.nickname.trim(), room_no: this.room_no.trim() || null, relation: this.relation, answer: this.answer.trim() };
      if (this.place.question && !args.answer) { this.fails('answer', this.labels.answer_empty); return; }
      const data = await this.ask('join', 'join', args, ['nickname', 'room_no', 'answer']);
      if (!data) return;
      if (data.request) { this.request = data.request; window.scrollTo(0, 0); return; }
      this.forget();
      if (data.pending) this.done = data;
      else if (data.href) { this.busy = 'join'; this.go(data.href); }
    },
    again() { this.place = null; this.request = null; this.errors = {}; this.problem = ''; },
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
  <template v-else-if="request">
    <div class="ys-welcome is-request" :class="'is-' + request.state" role="status"><ys-icon :name="{waiting: 'schedule', accepted: 'check_circle', refused: 'info'}[request.state]"/><h1>{{ labels[request.state] }}</h1><p><b>{{ place.title }}</b> <span class="ys-tag" :class="{waiting: 'ys-tag-amber', accepted: 'ys-tag-green', refused: 'ys-tag-red'}[request.state]">{{ labels[request.state + '_tag'] }}</span></p>
      <p v-if="request.state === 'refused'">{{ fill(labels.reason, {reason: request.reason}) }}</p><p v-else>{{ labels[request.state + '_more'] }}</p><p v-if="request.state === 'waiting'" class="ys-hint">{{ fill(labels.asked_at, {when: fullTime(request.at, labels.time)}) }}</p></div>
    <a v-if="request.state === 'accepted'" class="ys-btn ys-btn-main ys-btn-wide" :href="place.href || '/messages'">{{ labels.go_in }}</a>
    <button v-if="request.state === 'refused'" type="button" class="ys-btn ys-btn-main ys-btn-wide" @click="askAgain">{{ labels.ask_again }}</button>
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
      <ys-field v-if="place.question" ref="answer" v-model="answer" :label="place.question" :hint="labels.question" :error="errors.answer" name="answer" autocomplete="off" maxlength="200" @input="clean('answer')"/>
      <p v-if="place.asks" class="ys-note"><ys-icon name="info"/>{{ labels.asks }}</p>
      <p v-if="problem" class="ys-error" role="alert"><ys-icon name="error"/>{{ problem }}</p>
      <p v-if="place.rules" class="ys-hint ys-rules-text">{{ place.rules }}</p>
      <button type="submit" class="ys-btn ys-btn-main ys-btn-wide" :disabled="!!busy"><i v-if="busy" class="ys-spin" aria-hidden="true"></i>{{ place.asks ? labels.ask : labels.join }}</button>
      <button v-if="!invite" type="button" class="ys-btn ys-btn-plain ys-btn-wide" @click="again">{{ labels.other_code }}</button>
    </form>
    <p v-if="place.until" class="ys-hint">{{ fill(labels.until, {day: place.until}) }}</p>
    <p class="ys-hint ys-privacy"><ys-icon name="lock"/>{{ labels.privacy }}</p>
  </template>
</section>`,
};
