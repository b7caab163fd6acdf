// 转人工: how a hand-off stands; once it is closed its resident gives stars or says that it is not settled.
import { Icon, fill, liveMixin } from 'ys/base.js';

const STARS = [1, 2, 3, 4, 5];

export const HandoffView = {
  name: 'HandoffView',
  components: { YsIcon: Icon },
  mixins: [liveMixin],
  props: { handoff: Object, labels: Object },
  inject: ['act'],
  data() { return { c: { ...this.handoff }, ready: !!this.handoff.state, missing: false, busy: false, words: '' }; },
  computed: {
    stars: () => STARS,
    state() {
      if (this.c.state === 'owned') return fill(this.labels.owned, { name: this.c.worker });
      if (this.c.state === 'closed') return this.c.worker ? fill(this.labels.closed_by, { name: this.c.worker }) : this.labels.closed;
      return this.labels.waiting;
    },
    said() {
      if (!this.c.stars) return '';
      return fill(this.c.may_rate ? this.labels.rated : this.labels.rated_other, { n: this.c.stars });
    },
  },
  watch: { handoff: { deep: true, handler(next) { if (next.state) this.take(next); } } },
  mounted() {
    this.listen(`handoff:${this.c.id}`, (frame) => { if (frame.k === 'changed') this.load(); });
    this.onConnect(({ first }) => { if (!first || !this.ready) this.load(); });
    if (!this.ready) this.load();
  },
  methods: {
    fill,
    take(next) { Object.assign(this.c, next); this.ready = true; },
    async load() {
      try { this.take(await this.act('card', { kind: 'handoff', id: this.c.id })); } catch (e) { this.missing = !this.ready; }
    },
    async run(name, args) {
      if (this.busy) return;
      this.busy = true;
      this.words = '';
      try { this.take(await this.act(name, { case_id: this.c.id, ...args })); } catch (e) { this.words = e.words || this.labels.failed; }
      this.busy = false;
    },
  },
  template: `
<article v-if="!ready" class="ys-call is-compact" :aria-busy="missing ? 'false' : 'true'"><div class="ys-call-in"><p v-if="missing" class="ys-hint">{{ labels.gone }}</p><div v-else class="ys-skeleton"></div></div></article>
<article v-else class="ys-call is-compact ys-handoff-card" :aria-label="labels.handoff"><div class="ys-call-in">
  <p class="ys-ballot-tags"><span class="ys-tag" :class="c.state === 'closed' ? 'ys-tag-green' : 'ys-tag-amber'"><ys-icon name="support_agent"/>{{ state }}</span><span v-if="c.department && c.state !== 'closed'" class="ys-hint">{{ fill(labels.desk, {department: c.department}) }}</span></p>
  <template v-if="c.may_rate"><h2 class="ys-ballot-title">{{ labels.how }}</h2>
    <div class="ys-stars" role="group" :aria-label="labels.how"><button v-for="n in stars" :key="n" type="button" :class="{'is-on': c.stars >= n}" :aria-pressed="c.stars === n ? 'true' : 'false'" :aria-label="fill(labels.stars, {n})" :disabled="busy" @click="run('case.rate', {stars: n})"><ys-icon name="star"/></button></div></template>
  <p v-if="said" class="ys-hint" role="status">{{ said }}</p>
  <p v-if="words" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p>
  <div v-if="c.may_reopen" class="ys-shift-acts"><button type="button" class="ys-btn" :disabled="busy" @click="run('case.reopen', {})">{{ labels.reopen }}</button></div>
</div></article>`,
};
