// 议事: what is open and what I can still do in it, what is talked over, what was decided and what became of it.
import { Icon, act, fill, fullTime, liveMixin, remaining, shortTime, tickMixin } from 'ys/base.js';

const HERD = 1500; // ms within which boards ask again after news that went to all of them

export default {
  components: { YsIcon: Icon },
  mixins: [liveMixin, tickMixin],
  props: { open: Array, topics: Array, decided: Array, closed: Array, live: Array, me: Number, labels: Object },
  data() { return { votes: this.open.map((v) => ({ ...v })), talks: this.topics, done: this.decided, ended: this.closed, heard: new Set() }; },
  computed: {
    empty() { return !this.votes.length && !this.talks.length && !this.done.length && !this.ended.length; },
    /** Votes that belong to no decided topic, in one list with those topics, the latest first. */
    past() {
      const topics = this.done.map((t) => ({ ...t, key: `t${t.id}` }));
      const votes = this.ended.map((v) => ({ ...v, key: `b${v.id}`, at: v.closed_at, vote: true }));
      return [...topics, ...votes].sort((a, b) => new Date(b.at) - new Date(a.at));
    },
  },
  mounted() {
    this.live.forEach((topic) => this.listen(topic, (frame) => { if (frame.k === 'deliberation') this.soon(); }));
    this.listen(`member:${this.me}`, (frame) => { if (frame.k === 'voted') this.soon(); });
    this.hear();
    this.onConnect(({ first }) => { if (!first) this.load(); });
  },
  beforeUnmount() { clearTimeout(this.later); },
  methods: {
    fill, fullTime, shortTime,
    hear() {
      this.votes.filter((v) => !this.heard.has(v.id)).forEach((v) => {
        this.heard.add(v.id);
        this.listen(`ballot:${v.id}`, (frame) => this.frame(v.id, frame));
      });
    },
    frame(id, frame) {
      const vote = this.votes.find((v) => v.id === id);
      if (frame.k === 'tick' && vote) vote.turnout = Math.max(vote.turnout, frame.turnout);
      else if (frame.k !== 'tick') this.soon();
    },
    soon() { clearTimeout(this.later); this.later = setTimeout(() => this.load(), 100 + Math.random() * HERD); },
    async load() {
      try {
        const data = await act(this, 'deliberation.overview', {}, { again: true });
        Object.assign(this, { votes: data.open, talks: data.topics, done: data.decided, ended: data.closed });
        this.hear();
      } catch (e) { /* what is shown stays; the next connection asks again */ }
    },
    left(v) {
      if (v.state === 'upcoming') return fill(this.labels.upcoming, { when: fullTime(v.opens_at, this.labels.time, this.now) });
      return remaining(v.closes_at, this.labels.time, this.now) || this.labels.counting;
    },
    turnout(v) { return fill(this.labels.turnout, { n: v.turnout, total: v.eligible, unit: this.labels.units[v.unit] }); },
  },
  template: `
<div class="ys-talk">
  <div v-if="empty" class="ys-empty"><img src="/static/img/xiaoqi.svg" alt=""><strong>{{ labels.none }}</strong><p>{{ labels.none_hint }}</p></div>
  <section v-if="votes.length" :aria-label="labels.open"><h2>{{ labels.open }}</h2>
    <a v-for="v in votes" :key="v.id" class="ys-card ys-talk-line" :href="v.href">
      <span class="ys-talk-meta"><span v-if="v.to_do" class="ys-tag ys-tag-red"><ys-icon name="how_to_vote"/>{{ labels.to_do }}</span><span v-else-if="v.voted" class="ys-tag ys-tag-green"><ys-icon name="check_circle"/>{{ labels.voted }}</span><span class="ys-tag ys-tag-amber"><ys-icon name="schedule"/>{{ left(v) }}</span><span class="ys-tag">{{ labels[v.mode] }}</span></span>
      <strong>{{ v.title }}</strong><span class="ys-talk-meta"><span>{{ v.place }}</span><span v-if="v.state === 'open'">{{ turnout(v) }}</span></span>
      <span v-if="v.state === 'open' && v.eligible" class="ys-bar is-thin" style="display: block" aria-hidden="true"><i :style="{transform: 'scaleX(' + Math.min(1, v.turnout / v.eligible) + ')'}"></i></span></a></section>
  <section v-if="talks.length" :aria-label="labels.topics"><h2>{{ labels.topics }}</h2>
    <a v-for="t in talks" :key="t.id" class="ys-card ys-talk-line" :href="t.href"><span class="ys-talk-meta"><span v-if="t.drafts" class="ys-tag">{{ fill(labels.draft, {n: t.drafts}) }}</span><span class="ys-tag"><ys-icon name="chat"/>{{ fill(labels.opinions, {n: t.opinions}) }}</span></span><strong>{{ t.title }}</strong><p v-if="t.summary">{{ t.summary }}</p><span class="ys-talk-meta">{{ t.place }}</span></a></section>
  <section v-if="past.length" :aria-label="labels.decided"><h2>{{ labels.decided }}</h2>
    <a v-for="p in past" :key="p.key" class="ys-card ys-talk-line" :href="p.href"><span class="ys-talk-meta"><span>{{ p.place }}</span><time :datetime="p.at">{{ shortTime(p.at, labels.time, now) }}</time></span><strong>{{ p.title }}</strong>
      <template v-if="p.vote"><p>{{ p.words }}</p><p>{{ turnout(p) }}</p></template>
      <template v-else><p>{{ fill(labels.decision, {words: p.decision}) }}</p><p>{{ p.progress ? fill(labels.progress, {words: p.progress}) : labels.no_progress }}</p></template></a></section>
</div>`,
};
