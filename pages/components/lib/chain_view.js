// 接龙: a list people sign up on. One tap joins; a change is one small frame; a gap in the versions asks for all of it.
import { Icon, fill, fullTime, liveMixin, tickMixin } from 'ys/base.js';

const SHOWN = 5;

export const ChainView = {
  name: 'ChainView',
  components: { YsIcon: Icon },
  mixins: [liveMixin, tickMixin],
  props: { chain: Object, labels: Object },
  inject: ['act', 'meId'],
  data() { return { c: { ...this.chain, lines: [...(this.chain.lines || [])] }, ready: !!this.chain.lines, missing: false, all: false, writing: false, text: '', busy: false, words: '', done: '' }; },
  computed: {
    mine() { return this.c.lines.find((one) => one.member_id === this.meId); },
    over() { return this.c.closed || (this.c.closes_at && new Date(this.c.closes_at) <= this.now); },
    full() { return !!this.c.most && this.c.lines.length >= this.c.most; },
    shown() { return this.all ? this.c.lines : this.c.lines.slice(0, SHOWN); },
    count() { return fill(this.c.most ? this.labels.count_of : this.labels.count, { n: this.c.lines.length, most: this.c.most }); },
  },
  watch: { chain: { deep: true, handler(next) { if (next.lines) this.take(next); } } },
  mounted() {
    this.listen(`chain:${this.c.id}`, (frame) => this.frame(frame));
    this.$watch('c.room', (room) => { if (room) this.listen(`room:${room}`, (frame) => { if (frame.k === 'named') this.named(frame); }); }, { immediate: true });
    this.onConnect(({ first }) => { if (!first || !this.ready) this.load(); });
    if (!this.ready) this.load();
  },
  methods: {
    fill, fullTime,
    take(next) {
      if (this.ready && next.version < this.c.version) return;
      Object.assign(this.c, next, { lines: [...next.lines] });
      this.ready = true;
    },
    async load() {
      try { this.take(await this.act('card', { kind: 'chain', id: this.c.id })); } catch (e) { this.missing = !this.ready; }
    },
    named({ id, name }) {
      if (id === this.c.starter_id) this.c.starter = name;
      if (id === this.meId) this.c.me = name;
      this.c.lines.forEach((one) => { if (one.member_id === id) one.name = name; });
    },
    frame(frame) {
      if (!this.ready || frame.version <= this.c.version) return;
      if (frame.version > this.c.version + 1) { this.load(); return; }
      this.c.version = frame.version;
      if (frame.k === 'line') {
        const known = this.c.lines.find((one) => one.id === frame.line.id);
        if (known) Object.assign(known, frame.line); else this.c.lines.push(frame.line);
      } else if (frame.k === 'gone') this.c.lines = this.c.lines.filter((one) => one.id !== frame.line_id);
      else if (frame.k === 'turned') { this.c.closed = frame.closed; if (!frame.closed) this.c.closes_at = null; }
    },
    write() {
      this.text = this.mine ? this.mine.text : this.c.me || '';
      this.words = '';
      this.done = '';
      this.writing = true;
      this.$nextTick(() => { const box = this.$refs.box; if (box) { box.focus(); box.select(); } });
    },
    async run(name, args, done) {
      if (this.busy) return;
      this.busy = true;
      this.words = '';
      try {
        this.take(await this.act(name, { chain_id: this.c.id, ...args }));
        this.writing = false;
        this.done = done;
      } catch (e) {
        this.words = e.words || this.labels.failed;
      }
      this.busy = false;
    },
    /** One tap joins with one's name; where the starter gave an example, people are to write what they want. */
    join() { if (this.c.example) this.write(); else this.run('chain.put', { text: '' }, this.labels.joined); },
    save() { this.run('chain.put', { text: this.text }, this.labels.joined); },
  },
  template: `
<article v-if="!ready" class="ys-call is-compact" :aria-busy="missing ? 'false' : 'true'"><div class="ys-call-in"><p v-if="missing" class="ys-hint">{{ labels.gone }}</p><div v-else class="ys-skeleton"></div></div></article>
<article v-else class="ys-call is-compact ys-chain" :aria-label="labels.chain + ' ' + c.title"><div class="ys-call-in">
  <p class="ys-ballot-tags"><span class="ys-tag ys-tag-red"><ys-icon name="checklist"/>{{ labels.chain }}</span><span v-if="over" class="ys-tag">{{ labels.over }}</span><span v-else-if="c.closes_at" class="ys-hint">{{ fill(labels.until, {when: fullTime(c.closes_at, labels.time, now)}) }}</span></p>
  <h2 class="ys-ballot-title">{{ c.title }}</h2>
  <p class="ys-hint" role="status">{{ fill(labels.by, {name: c.starter}) }} · {{ count }}</p>
  <p v-if="c.example && !over" class="ys-hint">{{ fill(labels.hint, {example: c.example}) }}</p>
  <p v-if="!c.lines.length && !over" class="ys-hint">{{ labels.none }}</p>
  <ol class="ys-chain-lines"><li v-for="one in shown" :key="one.id" :class="{'is-mine': one.member_id === meId}"><span>{{ one.text }}</span><small v-if="one.text !== one.name">{{ one.name }}</small></li></ol>
  <button v-if="c.lines.length > shown.length || all" type="button" class="ys-text-btn" :aria-expanded="all ? 'true' : 'false'" @click="all = !all">{{ all ? labels.less : fill(labels.more, {n: c.lines.length}) }}</button>
  <form v-if="writing" class="ys-chain-form" @submit.prevent="save"><label><span class="ys-label">{{ labels.mine }}</span><input ref="box" v-model="text" class="ys-input" maxlength="60" enterkeyhint="done"></label>
    <div class="ys-shift-acts"><button type="submit" class="ys-btn ys-btn-main" :disabled="busy">{{ labels.save }}</button><button type="button" class="ys-btn" @click="writing = false">{{ labels.cancel }}</button></div></form>
  <p v-if="words" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p><p v-else-if="done" class="ys-hint" role="status">{{ done }}</p>
  <div v-if="!writing" class="ys-shift-acts">
    <button v-if="!over && !mine" type="button" class="ys-btn ys-btn-main" :disabled="busy || full" @click="join">{{ full ? labels.full : labels.join }}</button>
    <template v-if="!over && mine"><button type="button" class="ys-btn" :disabled="busy" @click="write">{{ labels.edit }}</button><button type="button" class="ys-btn" :disabled="busy" @click="run('chain.take', {}, labels.left)">{{ labels.leave }}</button></template>
    <template v-if="c.may_manage"><button type="button" class="ys-btn ys-btn-plain" :disabled="busy" @click="run('chain.turn', {closed: !over}, '')">{{ over ? labels.reopen : labels.finish }}</button><template v-if="c.lines.length"><a class="ys-btn ys-btn-plain" :href="'/export/chains/' + c.id + '.xlsx'" download>{{ labels.export }}</a><a class="ys-btn ys-btn-plain" :href="'/export/chains/' + c.id + '.csv'" download>{{ labels.export_csv }}</a></template></template>
  </div>
</div></article>`,
};
