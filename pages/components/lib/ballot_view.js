// A ballot, as a card in a room or as a page: choose, change until the close, see the bars move, read why it counts.
import { Icon, Sheet, fill, fullTime, liveMixin, remaining } from 'ys/base.js';

const SHOWN = 4; // options of a card in a room

export const BallotView = {
  name: 'BallotView',
  components: { YsIcon: Icon, YsSheet: Sheet },
  mixins: [liveMixin],
  props: { ballot: Object, compact: Boolean, labels: Object },
  inject: ['act'],
  data() {
    return { b: { ...this.ballot, options: (this.ballot.options || []).map((o) => ({ ...o })) }, picked: [], scores: {}, editing: false, busy: false, words: '', done: '', now: Date.now(), voters: null };
  },
  computed: {
    secret() { return this.b.mode === 'secret'; },
    state() {
      if (this.b.state !== 'open') return this.b.state;
      return this.b.closes_at && new Date(this.b.closes_at) <= this.now ? 'counting' : 'open';
    },
    counted() { return this.state === 'closed' || (!this.secret && this.state !== 'upcoming'); },
    choosing() { return this.state === 'open' && this.b.can_vote !== false && (!this.b.mine || this.editing); },
    single() { return this.b.method === 'single'; },
    scored() { return this.b.method === 'score'; },
    most() { return this.b.method === 'multiple' ? this.b.max_choices || this.b.options.length : 0; },
    steps() {
      const [low, high] = this.b.scores || [1, 5];
      return Array.from({ length: high - low + 1 }, (_, i) => low + i);
    },
    options() { return this.compact && !this.choosing ? this.b.options.slice(0, SHOWN) : this.b.options; },
    hidden() { return this.b.options.length - this.options.length; },
    unit() { return this.labels.units[this.b.unit] || this.labels.units.person; },
    left() {
      if (this.state === 'upcoming') return fill(this.labels.opens, { when: fullTime(this.b.opens_at, this.labels.time, this.now) });
      if (this.state === 'open') return remaining(this.b.closes_at, this.labels.time, this.now);
      return this.state === 'counting' ? this.labels.counting : this.labels.closed;
    },
    turnout() { return this.b.eligible ? fill(this.labels.turnout_of, { n: this.b.turnout || 0, total: this.b.eligible, unit: this.unit }) : fill(this.labels.turnout, { n: this.b.turnout || 0, unit: this.unit }); },
    quorum() {
      const q = this.b.quorum;
      if (!q || this.state === 'closed') return '';
      if (q.words) return q.words;
      const missing = q.need - (this.b.turnout || 0);
      return missing > 0 ? fill(this.labels.quorum_missing, { need: q.need, n: missing, unit: this.unit }) : fill(this.labels.quorum_met, { need: q.need, unit: this.unit });
    },
    how() {
      if (this.scored) return fill(this.labels.how_score, { low: this.steps[0], high: this.steps[this.steps.length - 1] });
      if (this.single) return this.labels.how_single;
      if (this.b.method === 'multiple') return fill(this.labels.how_multiple, { n: this.most });
      return this.labels.how_approval;
    },
    name() { return `ballot-${this.b.id}-${this.compact ? 'c' : 'p'}`; },
  },
  watch: {
    // The page may hand over a newer state of the card.
    ballot: { deep: true, handler(next) { this.merge(next); } },
  },
  created() { this.fillChoice(); },
  mounted() {
    this.listen(`ballot:${this.b.id}`, (frame) => this.frame(frame));
    this.tick();
  },
  beforeUnmount() { clearTimeout(this.timer); },
  methods: {
    fill, fullTime,
    tick() {
      this.now = Date.now();
      const left = new Date(this.b.closes_at).getTime() - this.now;
      this.timer = setTimeout(this.tick, left > 0 && left < 120e3 ? 1000 : 15e3);
    },
    fillChoice() {
      const mine = this.b.mine || {};
      this.picked = [...(mine.choices || [])];
      this.scores = { ...(mine.scores || {}) };
    },
    merge(next) {
      for (const key of ['state', 'turnout', 'eligible', 'quorum', 'result', 'mine', 'closes_at', 'can_vote', 'why_not']) if (key in next) this.b[key] = next[key];
      (next.options || []).forEach((o) => { const known = this.b.options.find((one) => one.id === o.id); if (known) Object.assign(known, o); });
      if ('mine' in next && !this.editing) this.fillChoice();
    },
    frame(frame) {
      if (frame.k === 'tick') {
        for (const [id, n] of Object.entries(frame.counts || {})) { const o = this.b.options.find((one) => String(one.id) === id); if (o) o.count = n; }
        for (const [id, n] of Object.entries(frame.averages || {})) { const o = this.b.options.find((one) => String(one.id) === id); if (o) o.average = n; }
        if (frame.turnout != null) this.b.turnout = frame.turnout;
        if (frame.state) this.b.state = frame.state;
      } else if (frame.k === 'closed' || frame.k === 'state') this.merge(frame.ballot || frame);
    },
    share(o) {
      if (this.scored) return o.average ? (o.average / this.steps[this.steps.length - 1]) * 100 : 0;
      return this.b.turnout ? Math.min(100, ((o.count || 0) / this.b.turnout) * 100) : 0;
    },
    tally(o) {
      if (this.scored) return fill(this.labels.average, { n: (o.average || 0).toFixed(1) });
      return `${fill(this.labels.votes, { n: o.count || 0 })} · ${Math.round(this.share(o))}%`;
    },
    chose(o) { return !!this.b.mine && ((this.b.mine.choices || []).includes(o.id) || (this.b.mine.scores || {})[o.id] != null); },
    won(o) { return !!(this.b.result && (this.b.result.winners || []).includes(o.id)); },
    toggle(o) {
      this.words = '';
      if (this.single) this.picked = [o.id];
      else if (this.picked.includes(o.id)) this.picked = this.picked.filter((id) => id !== o.id);
      else if (this.most && this.picked.length >= this.most) this.words = fill(this.labels.too_many, { n: this.most });
      else this.picked = [...this.picked, o.id];
    },
    async vote() {
      const given = this.scored ? Object.keys(this.scores).length : this.picked.length;
      if (!given || (this.scored && given < this.b.options.length)) {
        this.words = this.scored ? this.labels.score_all : this.labels.choose_first;
        return;
      }
      this.busy = true;
      this.words = '';
      try {
        const choice = this.scored ? { scores: this.scores } : { choices: this.picked };
        const data = await this.act('ballot.vote', { ballot_id: this.b.id, ...choice });
        const changed = !!this.b.mine;
        this.editing = false;
        this.merge({ ...data, mine: (data && data.mine) || { ...choice, receipt: data && data.receipt } });
        if (data && data.counts) this.frame({ k: 'tick', ...data });
        this.done = changed ? this.labels.changed : this.labels.voted;
      } catch (e) {
        this.words = e.words || this.labels.failed;
      }
      this.busy = false;
    },
    edit() { this.editing = true; this.done = ''; this.fillChoice(); },
    async who() {
      try { this.voters = (await this.act('ballot.voters', { ballot_id: this.b.id })).voters || []; } catch (e) { this.words = e.words || this.labels.failed; }
    },
    async copyReceipt() { try { await navigator.clipboard.writeText(this.b.mine.receipt); this.done = this.labels.copied; } catch (e) { this.done = ''; } },
  },
  template: `
<section class="ys-ballot" :class="{'is-compact': compact}" :aria-label="b.title">
  <div class="ys-ballot-tags"><span class="ys-tag ys-tag-red"><ys-icon name="how_to_vote"/>{{ labels.ballot }}</span><span class="ys-tag">{{ secret ? labels.secret : labels.named }}</span><span class="ys-tag" :class="state === 'open' ? 'ys-tag-amber' : ''"><ys-icon name="schedule"/>{{ left }}</span></div>
  <component :is="compact ? 'h3' : 'h2'" class="ys-ballot-title">{{ b.title }}</component>
  <p v-if="b.about && !compact" class="ys-ballot-about">{{ b.about }}</p>
  <p v-if="!compact" class="ys-hint">{{ secret ? labels.secret_how : labels.named_how }}</p>

  <div v-if="state === 'closed' && b.result" class="ys-result" :class="b.result.valid ? 'is-valid' : 'is-void'"><ys-icon :name="b.result.valid ? 'check_circle' : 'info'"/><div><strong>{{ b.result.title || (b.result.valid ? labels.valid : labels.void) }}</strong><p>{{ b.result.words }}</p></div></div>

  <form @submit.prevent="vote">
    <fieldset class="ys-options"><legend :class="choosing ? 'ys-hint' : 'ys-sr'">{{ how }}</legend>
      <div v-for="o in options" :key="o.id" class="ys-option" :class="{'is-mine': chose(o) && !choosing, 'is-picked': choosing && picked.includes(o.id), 'is-won': won(o)}">
        <label v-if="choosing && !scored" class="ys-option-row"><input :type="single ? 'radio' : 'checkbox'" :name="name" :value="o.id" :checked="picked.includes(o.id)" @click.stop @change="toggle(o); $event.target.checked = picked.includes(o.id)"><span class="ys-option-label">{{ o.label }}<small v-if="o.about && !compact">{{ o.about }}</small></span><span v-if="counted" class="ys-option-tally">{{ tally(o) }}</span></label>
        <div v-else class="ys-option-row"><ys-icon v-if="chose(o)" name="check_circle" class="ys-option-check"/><span class="ys-option-label">{{ o.label }}<small v-if="chose(o)">{{ labels.my_choice }}<template v-if="scored"> {{ b.mine.scores[o.id] }}</template></small><small v-else-if="o.about && !compact">{{ o.about }}</small></span><span v-if="won(o)" class="ys-tag ys-tag-green">{{ labels.passed }}</span><span v-if="counted" class="ys-option-tally">{{ tally(o) }}</span></div>
        <div v-if="choosing && scored" class="ys-score" role="radiogroup" :aria-label="o.label"><label v-for="n in steps" :key="n" :class="{'is-on': scores[o.id] === n}"><input class="ys-sr" type="radio" :name="name + '-' + o.id" :value="n" :checked="scores[o.id] === n" @change="scores[o.id] = n; words = ''">{{ n }}</label></div>
        <div v-if="counted" class="ys-bar" aria-hidden="true"><i :style="{transform: 'scaleX(' + share(o) / 100 + ')'}"></i></div>
      </div>
    </fieldset>
    <p v-if="hidden" class="ys-hint"><a :href="b.href">{{ fill(labels.more_options, {n: hidden}) }}</a></p>
    <div class="ys-turnout"><span>{{ turnout }}</span><span v-if="quorum">{{ quorum }}</span><div v-if="b.eligible" class="ys-bar is-thin" aria-hidden="true"><i :style="{transform: 'scaleX(' + Math.min(1, (b.turnout || 0) / b.eligible) + ')'}"></i><b v-if="b.quorum && b.quorum.need" :style="{left: Math.min(100, b.quorum.need / b.eligible * 100) + '%'}"></b></div></div>
    <p v-if="secret && state === 'open' && compact" class="ys-hint">{{ labels.secret_short }}</p>
    <p v-if="words" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p>
    <p v-if="state === 'open' && b.can_vote === false" class="ys-hint">{{ b.why_not || labels.cannot }}</p>
    <div v-if="done || (b.mine && !editing && state === 'open')" class="ys-ballot-done" role="status"><ys-icon name="check_circle"/><span>{{ done || labels.you_voted }}</span><button v-if="state === 'open' && b.can_change !== false && !editing" type="button" class="ys-text-btn" @click="edit">{{ labels.change }}</button></div>
    <div v-if="b.mine && b.mine.receipt && !editing" class="ys-receipt"><span class="ys-receipt-head"><ys-icon name="assignment"/>{{ labels.receipt }}</span><code>{{ b.mine.receipt }}</code><button type="button" class="ys-text-btn" @click="copyReceipt">{{ labels.copy }}</button><p v-if="!compact" class="ys-hint">{{ labels.receipt_how }}</p></div>
    <div class="ys-ballot-acts">
      <button v-if="choosing" type="submit" class="ys-btn ys-btn-main" :disabled="busy"><i v-if="busy" class="ys-spin" aria-hidden="true"></i>{{ b.mine ? labels.vote_again : labels.vote }}</button>
      <button v-if="editing" type="button" class="ys-btn" @click="editing = false; fillChoice()">{{ labels.keep }}</button>
      <a v-if="compact && b.href" class="ys-btn ys-btn-plain" :href="b.href">{{ labels.details }}</a>
      <button v-if="!compact && !secret && b.can_see_voters" type="button" class="ys-btn" @click="who"><ys-icon name="group"/>{{ labels.who }}</button>
      <a v-if="!compact && b.export_href" class="ys-btn" :href="b.export_href" download><ys-icon name="download"/>{{ labels.export }}</a>
    </div>
  </form>
  <ys-sheet v-if="voters" :title="labels.who" :close-label="labels.close" @close="voters = null"><p v-if="!voters.length" class="ys-hint">{{ labels.who_none }}</p><ul class="ys-voters"><li v-for="(v, i) in voters" :key="i"><span>{{ v.name }}</span><span>{{ v.choice }}</span></li></ul></ys-sheet>
</section>`,
};
