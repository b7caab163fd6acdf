// A ballot, as a card in a room or as a page: choose, change until the close, see the bars move, read why it counts.
import { Icon, Sheet, fill, fullTime, liveMixin, remaining, spoken, uuid } from 'ys/base.js';

const SHOWN = 4; // options of a card in a room
const FIELDS = ['title', 'about', 'method', 'max_choices', 'scores', 'unit', 'mode', 'state', 'opens_at', 'closes_at', 'turnout', 'eligible', 'quorum', 'checks', 'rule', 'result',
  'mine', 'units', 'can_vote', 'why_not', 'way_out', 'can_change', 'cancelled', 'href', 'export_href', 'can_see_voters', 'area', 'eligible_area'];
const OWN = 600; // ms until the answer to one's own vote is surely there
const HERD = 2000; // ms within which pages ask again after news that went to all of them
const drafts = () => (window.YS && YS.draft) || { get: () => null, set() {}, clear() {} };

export const BallotView = {
  name: 'BallotView',
  components: { YsIcon: Icon, YsSheet: Sheet },
  mixins: [liveMixin],
  props: { ballot: Object, compact: Boolean, labels: Object },
  inject: { act: {}, meId: { default: 0 } },
  data() {
    return {
      b: { options: [], ...JSON.parse(JSON.stringify(this.ballot)) }, // a copy: what happens here must not wake the watcher of the prop
      ready: !!this.ballot.options, missing: false, unitKey: '', picked: [], scores: {},
      editing: false, busy: false, words: '', done: '', now: Date.now(), voters: null, seq: this.ballot.seq || 0,
    };
  },
  computed: {
    secret() { return this.b.mode === 'secret'; },
    state() {
      if (this.b.state !== 'open') return this.b.state;
      return this.b.closes_at && new Date(this.b.closes_at) <= this.now ? 'counting' : 'open';
    },
    counted() { return this.state === 'closed' || (!this.secret && (this.state === 'open' || this.state === 'counting')); },
    units() { return this.b.units || []; },
    mineUnit() { return this.units.find((one) => one.unit === this.unitKey) || this.units[0] || null; },
    /** What stands for the vote I am looking at: mine, or that of the household chosen above. */
    mine() {
      if (!this.mineUnit) return this.b.mine;
      return this.mineUnit.voted ? { ...(this.mineUnit.choices || this.mineUnit.scores ? this.mineUnit : {}), ...this.kept(this.mineUnit.unit) } : null;
    },
    choosing() { return this.state === 'open' && this.b.can_vote !== false && (!this.mine || this.editing); },
    single() { return this.b.method === 'single'; },
    scored() { return this.b.method === 'score'; },
    byArea() { return this.b.unit === 'area' || this.b.unit === 'area_heads'; },
    most() { return this.b.method === 'multiple' ? this.b.max_choices || this.b.options.length : 0; },
    steps() {
      const [low, high] = this.b.scores || [1, 5];
      return Array.from({ length: high - low + 1 }, (_, i) => low + i);
    },
    options() { return this.compact && !this.choosing ? this.b.options.slice(0, SHOWN) : this.b.options; },
    hidden() { return this.b.options.length - this.options.length; },
    unit() { return this.labels.units[this.b.unit] || this.labels.units.person; },
    left() {
      if (this.state === 'upcoming' || this.state === 'draft') return this.b.opens_at ? fill(this.labels.opens, { when: fullTime(this.b.opens_at, this.labels.time, this.now) }) : this.labels.not_open;
      if (this.state === 'open') return remaining(this.b.closes_at, this.labels.time, this.now);
      return { counting: this.labels.counting, cancelled: this.labels.cancelled }[this.state] || this.labels.closed;
    },
    turnout() {
      const words = this.b.eligible ? this.labels.turnout_of : this.labels.turnout;
      return fill(words, { n: this.b.turnout || 0, total: this.b.eligible, unit: this.unit });
    },
    quorum() {
      const q = this.b.quorum;
      if (!q || this.state === 'closed' || this.state === 'cancelled') return '';
      if (q.words) return q.words;
      const missing = q.need - (this.b.turnout || 0);
      return missing > 0 ? fill(this.labels.quorum_missing, { need: q.need, n: missing, unit: this.unit }) : fill(this.labels.quorum_met, { need: q.need, unit: this.unit });
    },
    checks() { return this.state === 'closed' || this.state === 'cancelled' ? [] : this.b.checks || []; },
    how() {
      if (this.scored) return fill(this.labels.how_score, { low: this.steps[0], high: this.steps[this.steps.length - 1] });
      if (this.single) return this.labels.how_single;
      if (this.b.method === 'multiple') return fill(this.labels.how_multiple, { n: this.most });
      return this.labels.how_approval;
    },
    /** A secret vote of this unit was given elsewhere: only that browser can change it. */
    sealed() { return this.secret && !!this.mineUnit && this.mineUnit.voted && !drafts().get(this.receiptKey()); },
    receipt() { return this.mine ? this.mine.receipt || (this.secret ? drafts().get(this.receiptKey()) : '') : ''; },
    name() { return `ballot-${this.b.id}-${this.compact ? 'c' : 'p'}`; },
  },
  watch: {
    // The page may hand over a newer state of the card.
    ballot: { deep: true, handler(next) { this.merge(next); } },
    unitKey() { this.editing = false; this.words = ''; this.done = ''; this.fillChoice(); },
  },
  created() {
    this.fillChoice();
    if (this.units.length) this.unitKey = (this.units.find((one) => !one.voted) || this.units[0]).unit;
  },
  mounted() {
    this.listen(`ballot:${this.b.id}`, (frame) => this.frame(frame));
    if (this.meId) this.listen(`member:${this.meId}`, (frame) => { if (frame.k === 'voted' && frame.ballot === this.b.id) this.elsewhere(frame); });
    this.onConnect(({ first }) => { if (!first || !this.ready) this.load(); });
    if (!this.ready || (this.secret && drafts().get(this.receiptKey()))) this.load();
    this.tick();
  },
  beforeUnmount() { clearTimeout(this.timer); clearTimeout(this.later); clearTimeout(this.looking); },
  methods: {
    fill, fullTime,
    receiptKey(unit) { return `receipt:${this.b.id}:${unit || this.unitKey || 'me'}`; },
    /** What this browser knows of a secret vote it gave: nobody else does. */
    kept(unit) { return this.secret ? drafts().get(`choice:${this.b.id}:${unit || 'me'}`) || {} : {}; },
    tick() {
      this.now = Date.now();
      const left = new Date(this.b.closes_at).getTime() - this.now;
      this.timer = setTimeout(this.tick, left > 0 && left < 120e3 ? 1000 : 15e3);
    },
    fillChoice() {
      const mine = this.mine || {};
      this.picked = [...(mine.choices || [])];
      this.scores = { ...(mine.scores || {}) };
    },
    async load() {
      if (this.loading) return;
      this.loading = true;
      const receipt = drafts().get(this.receiptKey()) || '';
      try {
        this.merge(this.compact ? await this.act('card', { kind: 'ballot', id: this.b.id, receipt }) : await this.act('ballot.state', { ballot_id: this.b.id, receipt }));
        this.ready = true;
      } catch (e) {
        this.missing = !this.ready;
      }
      this.loading = false;
    },
    merge(next) {
      if (!next) return;
      for (const key of FIELDS) if (key in next) this.b[key] = spoken(next[key]);
      if (next.seq) this.seq = Math.max(this.seq, next.seq);
      (next.options || []).forEach((o) => {
        const known = this.b.options.find((one) => one.id === o.id);
        if (known) Object.assign(known, o);
        else this.b.options.push({ ...o });
      });
      if (!this.unitKey && this.units.length) this.unitKey = (this.units.find((one) => !one.voted) || this.units[0]).unit;
      if (!this.editing && this.mine) this.fillChoice();
    },
    frame(frame) {
      if (frame.seq && frame.seq < this.seq) return; // an older figure never overtakes a newer one
      if (frame.seq) this.seq = frame.seq;
      if (frame.k === 'tick') {
        const list = Array.isArray(frame.counts) ? frame.counts : Object.entries(frame.counts || {}).map(([id, count]) => ({ id, count }));
        Object.entries(frame.averages || {}).forEach(([id, average]) => list.push({ id, average }));
        for (const { id, ...figures } of list) {
          const option = this.b.options.find((one) => String(one.id) === String(id));
          if (option) Object.assign(option, figures);
        }
        for (const key of ['turnout', 'area', 'state', 'checks', 'quorum']) if (frame[key] != null) this.b[key] = spoken(frame[key]);
      } else if (frame.k === 'closed' || frame.k === 'state') {
        if (frame.ballot) this.merge(frame.ballot);
        else this.later = setTimeout(() => this.load(), Math.random() * HERD);
      }
    },
    /** My vote, or my household's, was given: if not from this page, show it. */
    elsewhere({ unit, version }) {
      clearTimeout(this.looking);
      this.looking = setTimeout(() => {
        const mine = this.units.find((one) => one.unit === unit);
        if (!this.busy && !(mine && mine.version >= version)) this.load();
      }, OWN);
    },
    share(o) {
      if (this.scored) return Math.min(100, ((o.average || 0) / this.steps[this.steps.length - 1]) * 100);
      return this.b.turnout ? Math.min(100, ((o.count || 0) / this.b.turnout) * 100) : 0;
    },
    tally(o) {
      if (this.scored) return fill(this.labels.average, { n: (o.average || 0).toFixed(1) });
      const percent = `${Math.round(this.share(o))}%`;
      // areas come in 0.01 m²
      if (this.byArea && o.area != null) return `${fill(this.labels.heads_area, { n: o.count || 0, area: Math.round(o.area / 100) })} · ${percent}`;
      return `${fill(this.labels.votes, { n: o.count || 0 })} · ${percent}`;
    },
    chose(o) { return !!this.mine && ((this.mine.choices || []).includes(o.id) || (this.mine.scores || {})[o.id] != null); },
    won(o) { return !!(this.b.result && (this.b.result.winners || []).includes(o.id)); },
    toggle(o) {
      this.words = '';
      if (this.single) this.picked = [o.id];
      else if (this.picked.includes(o.id)) this.picked = this.picked.filter((id) => id !== o.id);
      else if (this.most && this.picked.length >= this.most) this.words = fill(this.labels.too_many, { n: this.most });
      else this.picked = [...this.picked, o.id];
    },
    /** The random word only this browser knows; with it a secret vote can be changed and found again. */
    token() {
      const key = this.receiptKey();
      const known = drafts().get(key);
      if (known) return known;
      const made = uuid().replace(/-/g, '');
      drafts().set(key, made);
      return made;
    },
    async vote() {
      const given = this.scored ? Object.keys(this.scores).length : this.picked.length;
      if ((!given && this.b.method !== 'approval') || (this.scored && given < this.b.options.length)) {
        this.words = this.scored ? this.labels.score_all : this.labels.choose_first;
        return;
      }
      this.busy = true;
      this.words = '';
      const choice = this.scored ? { scores: { ...this.scores } } : { choices: [...this.picked] };
      // One id for one intention: pressing again after a lost answer is the same vote.
      const intent = JSON.stringify([this.unitKey, choice]);
      if (this.intent !== intent) Object.assign(this, { intent, clientId: uuid() });
      try {
        const unit = this.mineUnit ? this.mineUnit.unit : null;
        const data = (await this.act('ballot.vote', {
          ballot_id: this.b.id, ...choice, unit, version: this.mine ? this.mine.version || null : 0, client_id: this.clientId, receipt: this.secret ? this.token() : '', principal: (this.mineUnit && this.mineUnit.principal) || null,
        }, { again: true })) || {};
        this.done = this.mine ? this.labels.changed : this.labels.voted;
        this.editing = false;
        this.intent = '';
        if (this.secret) drafts().set(`choice:${this.b.id}:${unit || 'me'}`, choice);
        if (this.mineUnit) Object.assign(this.mineUnit, choice, { voted: true, by_me: true, version: data.version || this.mineUnit.version });
        this.merge({ ...data, mine: data.mine || { ...choice, version: data.version } });
        if (data.counts) this.frame({ k: 'tick', counts: data.counts, turnout: data.turnout });
      } catch (e) {
        this.words = e.words || this.labels.failed;
        if (e.code === 'conflict') this.load();
      }
      this.busy = false;
    },
    edit() { this.editing = true; this.done = ''; this.fillChoice(); },
    stop() { this.editing = false; this.words = ''; this.fillChoice(); },
    async who() {
      try { this.voters = (await this.act('ballot.voters', { ballot_id: this.b.id })).voters || []; } catch (e) { this.words = e.words || this.labels.failed; }
    },
    async copyReceipt() { try { await navigator.clipboard.writeText(this.receipt); this.done = this.labels.copied; } catch (e) { this.done = ''; } },
  },
  template: `
<article v-if="!ready" class="ys-ballot is-compact" :aria-busy="missing ? 'false' : 'true'"><p v-if="missing" class="ys-hint">{{ labels.gone }}</p><template v-else><div class="ys-skeleton"></div><br><div class="ys-skeleton" style="width: 60%"></div></template></article>
<article v-else class="ys-ballot" :class="{'is-compact': compact}" :aria-label="b.title">
  <div class="ys-ballot-tags"><span class="ys-tag ys-tag-red"><ys-icon name="how_to_vote"/>{{ labels.ballot }}</span><span class="ys-tag">{{ secret ? labels.secret : labels.named }}</span><span class="ys-tag" :class="state === 'open' ? 'ys-tag-amber' : ''"><ys-icon name="schedule"/>{{ left }}</span></div>
  <h2 class="ys-ballot-title">{{ b.title }}</h2>
  <p v-if="b.about && !compact" class="ys-ballot-about">{{ b.about }}</p>
  <p v-if="!compact" class="ys-hint">{{ secret ? labels.secret_how : labels.named_how }}</p>
  <p v-if="state === 'cancelled' && b.cancelled" class="ys-result is-void"><ys-icon name="info"/><span>{{ b.cancelled }}</span></p>
  <div v-if="state === 'closed' && b.result" class="ys-result" :class="b.result.valid ? 'is-valid' : 'is-void'"><ys-icon :name="b.result.valid ? 'check_circle' : 'info'"/><div><strong>{{ b.result.title || (b.result.valid ? labels.valid : labels.void) }}</strong><p v-if="b.result.words && b.result.words !== b.result.title">{{ b.result.words }}</p><p v-for="line in b.result.lines || []" :key="line">{{ line }}</p></div></div>

  <div v-if="units.length > 1 && state === 'open'" class="ys-units" role="group" :aria-label="labels.for_whom"><span class="ys-hint">{{ labels.for_whom }}</span><button v-for="u in units" :key="u.unit" type="button" class="ys-unit" :aria-pressed="u.unit === unitKey ? 'true' : 'false'" @click="unitKey = u.unit">{{ u.label || labels.myself }}<ys-icon v-if="u.voted" name="check"/></button></div>
  <p v-else-if="units.length && state === 'open' && (b.unit !== 'person' || mineUnit.principal) && mineUnit.label" class="ys-hint">{{ fill(labels.for_unit, {unit: mineUnit.label}) }}</p>
  <p v-if="mineUnit && mineUnit.voted && mineUnit.by_me === false && mineUnit.by_name" class="ys-hint">{{ fill(labels.by_other, {name: mineUnit.by_name, unit: mineUnit.label}) }}</p>

  <form @submit.prevent="vote">
    <fieldset class="ys-options"><legend :class="choosing ? 'ys-hint' : 'ys-sr'">{{ how }}</legend>
      <div v-for="o in options" :key="o.id" class="ys-option" :class="{'is-mine': chose(o) && !choosing, 'is-picked': choosing && picked.includes(o.id), 'is-won': won(o)}">
        <label v-if="choosing && !scored" class="ys-option-row"><input :type="single ? 'radio' : 'checkbox'" :name="name" :value="o.id" :checked="picked.includes(o.id)" @change="toggle(o); $event.target.checked = picked.includes(o.id)"><span class="ys-option-label">{{ o.label }}<small v-if="o.about && !compact">{{ o.about }}</small></span><span v-if="counted" class="ys-option-tally">{{ tally(o) }}</span></label>
        <div v-else class="ys-option-row"><ys-icon v-if="chose(o)" name="check_circle" class="ys-option-check"/><span class="ys-option-label">{{ o.label }}<small v-if="chose(o)">{{ labels.my_choice }}<template v-if="scored"> {{ mine.scores[o.id] }}</template></small><small v-else-if="o.about && !compact">{{ o.about }}</small></span><span v-if="won(o)" class="ys-tag ys-tag-green">{{ labels.passed }}</span><span v-if="counted" class="ys-option-tally">{{ tally(o) }}</span></div>
        <div v-if="choosing && scored" class="ys-score" role="radiogroup" :aria-label="o.label"><label v-for="n in steps" :key="n" :class="{'is-on': scores[o.id] === n}"><input class="ys-sr" type="radio" :name="name + '-' + o.id" :value="n" :checked="scores[o.id] === n" @change="scores[o.id] = n; words = ''">{{ n }}</label></div>
        <div v-if="counted" class="ys-bar" aria-hidden="true"><i :style="{transform: 'scaleX(' + share(o) / 100 + ')'}"></i></div>
      </div>
    </fieldset>
    <p v-if="hidden" class="ys-hint"><a :href="b.href">{{ fill(labels.more_options, {n: hidden}) }}</a></p>
    <div class="ys-turnout"><span>{{ turnout }}</span><span v-if="quorum">{{ quorum }}</span><div v-if="b.eligible" class="ys-bar is-thin" aria-hidden="true"><i :style="{transform: 'scaleX(' + Math.min(1, (b.turnout || 0) / b.eligible) + ')'}"></i><b v-if="b.quorum && b.quorum.need" :style="{left: Math.min(100, b.quorum.need / b.eligible * 100) + '%'}"></b></div></div>
    <ul v-if="checks.length" class="ys-checks"><li v-for="c in checks" :key="c.words" :class="{'is-met': c.met}"><ys-icon :name="c.met ? 'check_circle' : 'schedule'"/><span>{{ c.words }}</span></li></ul>
    <p v-if="secret && state === 'open' && compact" class="ys-hint">{{ labels.secret_short }}</p>
    <p v-if="words" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p>
    <p v-if="state === 'open' && b.can_vote === false" class="ys-hint">{{ b.why_not || labels.cannot }}</p>
    <p v-if="state === 'open' && b.can_vote === false && b.way_out"><a class="ys-btn" :href="b.way_out.href">{{ b.way_out.words }}</a></p>
    <div v-if="done || (mine && !editing && state === 'open')" class="ys-ballot-done" role="status"><ys-icon name="check_circle"/><span>{{ done || (sealed ? labels.sealed : labels.you_voted) }}</span><button v-if="state === 'open' && !sealed && b.can_change !== false && b.can_vote !== false && !editing" type="button" class="ys-text-btn" @click="edit">{{ labels.change }}</button></div>
    <div v-if="receipt && !editing" class="ys-receipt"><span class="ys-receipt-head"><ys-icon name="assignment"/>{{ labels.receipt }}</span><code>{{ receipt }}</code><button type="button" class="ys-text-btn" @click="copyReceipt">{{ labels.copy }}</button><p v-if="!compact" class="ys-hint">{{ labels.receipt_how }}</p></div>
    <div class="ys-ballot-acts">
      <button v-if="choosing" type="submit" class="ys-btn ys-btn-main" :disabled="busy"><i v-if="busy" class="ys-spin" aria-hidden="true"></i>{{ mine ? labels.vote_again : labels.vote }}</button>
      <button v-if="editing" type="button" class="ys-btn" @click="stop">{{ labels.keep }}</button>
      <a v-if="compact && b.href" class="ys-btn ys-btn-plain" :href="b.href">{{ labels.details }}</a>
      <button v-if="!compact && b.can_see_voters" type="button" class="ys-btn" @click="who"><ys-icon name="group"/>{{ secret ? labels.list : labels.who }}</button>
      <a v-if="!compact && b.export_href" class="ys-btn" :href="b.export_href" download><ys-icon name="download"/>{{ labels.export }}</a>
    </div>
    <p v-if="!compact && b.rule" class="ys-hint">{{ fill(labels.rule, {name: b.rule.name}) }}<template v-if="b.rule.source"> · {{ b.rule.source }}</template><template v-if="b.rule.note"><br>{{ b.rule.note }}</template></p>
  </form>
  <ys-sheet v-if="voters" :title="secret ? labels.list : labels.who" :close-label="labels.close" @close="voters = null"><p v-if="!voters.length" class="ys-hint">{{ labels.who_none }}</p><ul class="ys-voters"><li v-for="(v, i) in voters" :key="i"><span>{{ v.name }}</span><span>{{ v.choice }}</span></li></ul></ys-sheet>
</article>`,
};
