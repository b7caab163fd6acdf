// A topic: read the draft, see what changed, say what you think, weigh what others think, follow what becomes of it.
import { Avatar, Icon, act, fill, fullTime, liveMixin, remaining, shortTime, spoken, tickMixin, uuid } from 'ys/base.js';

const drafts = () => (window.YS && YS.draft) || { get: () => '', set() {}, clear() {} };
const STANCES = ['agree', 'disagree', 'skip'];

export default {
  components: { YsIcon: Icon, YsAvatar: Avatar },
  mixins: [liveMixin, tickMixin],
  props: { topic: Object, me: Object, labels: Object },
  data() {
    const newest = this.topic.drafts.length ? this.topic.drafts[0].number : 0;
    return { t: { ...this.topic }, shown: newest, body: this.topic.body, pieces: null, opinion: '', words: '', done: '', busy: false, all: this.topic.opinions.length >= this.topic.opinion_count, stances: STANCES };
  },
  computed: {
    key() { return `opinion:${this.t.id}`; },
    edition() { return this.t.drafts.find((d) => d.number === this.shown); },
    newest() { return this.t.drafts.length ? this.t.drafts[0].number : 0; },
    changed() { return this.pieces && this.pieces.some((p) => p.kind !== 'same'); },
  },
  mounted() {
    this.opinion = drafts().get(this.key) || '';
    this.listen(`topic:${this.t.id}`, (frame) => this.frame(frame));
    this.listen(`member:${this.me.id}`, (frame) => {
      if (frame.k === 'voted' && this.heard.has(frame.ballot)) this.soon();
      const one = frame.k === 'stance' && this.t.opinions.find((o) => o.id === frame.id);
      if (one) one.mine = frame.mine;
    });
    this.heard = new Set();
    this.hear();
    this.onConnect(({ first }) => { if (!first) this.load(); });
  },
  beforeUnmount() { clearTimeout(this.later); },
  methods: {
    fill, fullTime, shortTime,
    hear() {
      this.t.ballots.filter((b) => !this.heard.has(b.id)).forEach((b) => {
        this.heard.add(b.id);
        this.listen(`ballot:${b.id}`, (frame) => {
          const vote = this.t.ballots.find((one) => one.id === b.id);
          if (frame.k === 'tick' && vote) vote.turnout = Math.max(vote.turnout, frame.turnout);
          else if (frame.k !== 'tick') this.soon();
        });
      });
    },
    soon() { clearTimeout(this.later); this.later = setTimeout(() => this.load(), 100 + Math.random() * 1500); },
    frame(frame) {
      if (frame.k === 'opinion') this.put({ ...frame.opinion, badge: spoken(frame.opinion.badge) });
      else if (frame.k === 'weighed') {
        const one = this.t.opinions.find((o) => o.id === frame.id);
        if (one) Object.assign(one, { agree: frame.agree, disagree: frame.disagree, skip: frame.skip });
      } else if (frame.k === 'changed') this.soon();
    },
    put(opinion) {
      const known = this.t.opinions.find((o) => o.id === opinion.id);
      if (known) Object.assign(known, opinion);
      else {
        this.t.opinions.unshift({ mine: null, badge: null, ...opinion });
        this.t.opinion_count += 1;
      }
    },
    async load() {
      try {
        const older = this.t.opinions;
        const before = this.newest;
        this.t = await act(this, 'topic.state', { topic_id: this.t.id }, { again: true });
        const last = this.t.opinions.length ? this.t.opinions[this.t.opinions.length - 1].id : 0;
        this.t.opinions.push(...older.filter((o) => o.id < last));
        this.hear();
        if (this.shown === before) this.show(this.newest);
      } catch (e) { /* what is shown stays; the next connection asks again */ }
    },
    async show(number) {
      this.pieces = null;
      this.shown = number;
      try {
        this.body = number === this.newest ? this.t.body : (await act(this, 'topic.draft', { topic_id: this.t.id, number })).body;
      } catch (e) { this.words = e.words || this.labels.failed; }
    },
    async compare() {
      if (this.pieces) { this.pieces = null; return; }
      try {
        this.pieces = (await act(this, 'topic.compare', { topic_id: this.t.id, old: this.shown - 1, new: this.shown })).pieces;
      } catch (e) { this.words = e.words || this.labels.failed; }
    },
    typed(event) { this.opinion = event.target.value; this.words = ''; this.done = ''; drafts().set(this.key, this.opinion); },
    async send() {
      const body = this.opinion.trim();
      if (!body) { this.words = this.labels.empty_text; return; }
      if (this.intent !== body) Object.assign(this, { intent: body, clientId: uuid() }); // pressing again after a lost answer is the same opinion
      this.busy = true;
      this.words = '';
      try {
        this.put(await act(this, 'opinion.post', { topic_id: this.t.id, body, client_id: this.clientId }, { again: true }));
        this.opinion = '';
        this.intent = '';
        drafts().clear(this.key);
        this.done = this.labels.sent;
      } catch (e) { this.words = e.words || this.labels.failed; }
      this.busy = false;
    },
    async weigh(one, stance) {
      try { Object.assign(one, await act(this, 'opinion.weigh', { opinion_id: one.id, stance: one.mine === stance ? null : stance })); } catch (e) { this.words = e.words || this.labels.failed; }
    },
    async older() {
      const last = this.t.opinions[this.t.opinions.length - 1];
      try {
        const found = (await act(this, 'topic.opinions', { topic_id: this.t.id, before: last.id })).opinions;
        this.t.opinions.push(...found);
        this.all = !found.length || this.t.opinions.length >= this.t.opinion_count;
      } catch (e) { this.words = e.words || this.labels.failed; }
    },
    left(v) {
      if (v.state === 'upcoming') return v.opens_at ? fill(this.labels.upcoming, { when: fullTime(v.opens_at, this.labels.time, this.now) }) : '';
      return v.state === 'open' ? remaining(v.closes_at, this.labels.time, this.now) || this.labels.counting : v.words;
    },
  },
  template: `
<article class="ys-topic">
  <section class="ys-card"><span class="ys-talk-meta"><span class="ys-tag" :class="t.state === 'open' ? 'ys-tag-amber' : 'ys-tag-green'">{{ labels.states[t.state] }}</span><span>{{ t.place }}</span></span>
    <p v-if="t.summary" class="ys-opinion-body">{{ t.summary }}</p>
    <a v-if="t.room_href" class="ys-btn" :href="t.room_href"><ys-icon name="chat"/>{{ labels.room }}</a></section>
  <section v-if="t.decision" class="ys-card"><h2>{{ labels.decision }}</h2><p class="ys-opinion-body">{{ t.decision }}</p>
    <h2>{{ labels.progress }}</h2><p v-if="!t.progress.length" class="ys-hint">{{ labels.no_progress }}</p><ul class="ys-opinions"><li v-for="p in t.progress" :key="p.id"><span class="ys-talk-meta"><time :datetime="p.at">{{ fullTime(p.at, labels.time, now) }}</time><span>{{ p.author }}</span></span><p class="ys-opinion-body">{{ p.body }}</p></li></ul></section>
  <section v-if="t.ballots.length" class="ys-card"><h2>{{ labels.votes }}</h2>
    <div v-for="v in t.ballots" :key="v.id"><p class="ys-opinion-body"><strong>{{ v.title }}</strong></p><span class="ys-talk-meta"><span v-if="v.to_do" class="ys-tag ys-tag-red"><ys-icon name="how_to_vote"/>{{ labels.to_do }}</span><span v-else-if="v.voted" class="ys-tag ys-tag-green"><ys-icon name="check_circle"/>{{ labels.voted }}</span><span>{{ left(v) }}</span><span v-if="v.eligible">{{ fill(labels.turnout, {n: v.turnout, total: v.eligible, unit: labels.units[v.unit]}) }}</span></span><p class="ys-ballot-acts"><a class="ys-btn" :class="v.to_do ? 'ys-btn-main' : ''" :href="v.href">{{ v.to_do ? labels.to_do : labels.see }}</a></p></div></section>
  <section class="ys-card"><h2>{{ labels.text }}</h2><p v-if="!newest" class="ys-hint">{{ labels.no_text }}</p>
    <div v-if="t.drafts.length > 1" class="ys-editions"><button v-for="d in t.drafts" :key="d.number" type="button" class="ys-edition" :aria-pressed="d.number === shown ? 'true' : 'false'" @click="show(d.number)">{{ fill(labels.draft, {n: d.number}) }}</button></div>
    <template v-if="edition"><p class="ys-hint">{{ fill(labels.by, {name: edition.author, when: fullTime(edition.at, labels.time, now)}) }}</p><p v-if="edition.note">{{ edition.note }}</p>
      <button v-if="shown > 1" type="button" class="ys-text-btn" @click="compare">{{ pieces ? labels.plain : fill(labels.changes, {n: shown - 1}) }}</button>
      <p v-if="pieces" class="ys-hint">{{ changed ? labels.legend : labels.same }}</p>
      <div v-if="pieces" class="ys-topic-text"><template v-for="(p, i) in pieces" :key="i"><ins v-if="p.kind === 'add'">{{ p.text }}</ins><del v-else-if="p.kind === 'cut'">{{ p.text }}</del><template v-else>{{ p.text }}</template></template></div>
      <div v-else class="ys-topic-text">{{ body }}</div></template></section>
  <section class="ys-card"><h2>{{ fill(labels.opinions, {n: t.opinion_count}) }}</h2>
    <form v-if="t.may_speak" class="ys-opine" @submit.prevent="send"><label class="ys-label" :for="key">{{ labels.write }}</label><textarea :id="key" class="ys-input" rows="3" maxlength="1000" :value="opinion" :aria-describedby="key + '-h'" @input="typed"></textarea><p :id="key + '-h'" class="ys-hint">{{ fill(labels.write_hint, {n: newest}) }}</p>
      <p v-if="words" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p><p v-if="done" class="ys-ballot-done" role="status"><ys-icon name="check_circle"/>{{ done }}</p><button type="submit" class="ys-btn ys-btn-main" :disabled="busy">{{ labels.send }}</button></form>
    <p v-if="!t.opinions.length" class="ys-hint">{{ labels.no_opinions }}</p>
    <ul class="ys-opinions"><li v-for="o in t.opinions" :key="o.id"><span class="ys-talk-meta"><ys-avatar :name="o.author"/><span>{{ o.author }}</span><span v-if="o.badge" class="ys-tag">{{ o.badge }}</span><time :datetime="o.at">{{ shortTime(o.at, labels.time, now) }}</time><span v-if="o.draft">{{ fill(labels.on_draft, {n: o.draft}) }}</span></span><p class="ys-opinion-body">{{ o.body }}</p>
      <div v-if="o.outcome" class="ys-opinion-answer"><span class="ys-talk-meta"><span class="ys-tag ys-tag-green">{{ labels.outcomes[o.outcome] }}</span><span>{{ fill(labels.answered, {name: o.answered_by}) }}</span></span><p>{{ o.answer }}</p></div>
      <div class="ys-weigh" role="group" :aria-label="labels.write"><button v-for="s in stances" :key="s" type="button" :aria-pressed="o.mine === s ? 'true' : 'false'" :disabled="!t.may_speak" @click="weigh(o, s)">{{ labels[s] }}<b>{{ o[s] }}</b></button></div></li></ul>
    <button v-if="!all" type="button" class="ys-text-btn" @click="older">{{ labels.more }}</button></section>
</article>`,
};
