// A call for volunteers: shifts with their seats, one tap to take one, a place in the queue when all are taken.
import { Avatar, Icon, Sheet, clockTime, fill, fullTime, liveMixin } from 'ys/base.js';

const HERD = 2000; // ms within which pages ask again after news that went to all of them
const CHECK_FROM = 60 * 60e3; // the code can be entered from an hour before the shift

const CodeBoard = {
  name: 'YsCodeBoard',
  props: { shift: Object, labels: Object },
  inject: ['act'],
  data() { return { code: '', until: 0, span: 30e3, words: '', now: Date.now() }; },
  computed: { left() { return Math.max(0, Math.ceil((this.until - this.now) / 1000)); } },
  mounted() { this.load(); this.timer = setInterval(this.beat, 500); },
  beforeUnmount() { clearInterval(this.timer); },
  methods: {
    fill,
    beat() {
      this.now = Date.now();
      if (this.until && this.now >= this.until && !this.loading) this.load();
    },
    async load() {
      this.loading = true;
      try {
        const data = await this.act('call.code', { shift_id: this.shift.id });
        this.code = data.code;
        this.until = new Date(data.expires_at).getTime();
        this.span = Math.max(1, this.until - Date.now());
        this.words = '';
      } catch (e) {
        this.words = e.words || this.labels.failed;
        this.until = Date.now() + 5000;
      }
      this.loading = false;
    },
  },
  template: `<div class="ys-code"><span>{{ labels.code_for_all }}</span><strong aria-live="off">{{ code || '······' }}</strong><div class="ys-bar is-thin" aria-hidden="true"><i :style="{transform: 'scaleX(' + Math.min(1, Math.max(0, (until - now) / span)) + ')'}"></i></div><small>{{ words || fill(labels.code_changes, {n: left}) }}</small></div>`,
};

const Shift = {
  name: 'YsShift',
  components: { YsIcon: Icon, YsAvatar: Avatar, YsSheet: Sheet, YsCodeBoard: CodeBoard },
  props: { s: Object, call: Object, compact: Boolean, labels: Object, now: Number },
  inject: ['act'],
  data() { return { busy: '', words: '', done: '', asking: false, entering: false, code: '', lead: false, roster: null }; },
  computed: {
    left() { return Math.max(0, this.s.seats - (this.s.taken || 0)); },
    mine() { return this.s.mine && this.s.mine.state ? this.s.mine : null; },
    over() { return this.s.ends_at && new Date(this.s.ends_at) < this.now; },
    open() { return this.call.state !== 'closed' && !this.over; },
    soon() { return this.s.starts_at && new Date(this.s.starts_at) - this.now < CHECK_FROM; },
    when() { return `${fullTime(this.s.starts_at, this.labels.time, this.now)}–${clockTime(this.s.ends_at)}`; },
    seats() {
      if (this.left) return fill(this.labels.seats_left, { n: this.left });
      return this.s.waiting ? fill(this.labels.full_waiting, { n: this.s.waiting }) : this.labels.full;
    },
  },
  methods: {
    fill,
    async run(busy, name, args, after) {
      if (this.busy) return;
      this.busy = busy;
      this.words = '';
      this.done = '';
      try {
        const data = (await this.act(name, { call_id: this.call.id, shift_id: this.s.id, ...args })) || {};
        for (const key of ['mine', 'taken', 'waiting', 'seats']) if (key in data) this.s[key] = data[key];
        after(data);
      } catch (e) {
        this.words = e.words || this.labels.failed;
      }
      this.busy = '';
    },
    sign() { this.run('sign', 'call.signup', {}, () => { this.done = this.mine && this.mine.state === 'waiting' ? this.labels.signed_waiting : this.labels.signed; }); },
    leave() {
      // With others waiting the seat is gone at once: only then is there something to confirm.
      if (!this.asking && this.mine.state === 'confirmed' && (this.s.waiting || !this.left)) {
        this.asking = true;
        return;
      }
      this.asking = false;
      this.run('leave', 'call.cancel', {}, (data) => { if (!('mine' in data)) this.s.mine = null; this.done = this.labels.left; });
    },
    check() {
      if (!/^\d{4,8}$/.test(this.code.trim())) {
        this.words = this.labels.code_wrong;
        return;
      }
      this.run('check', 'call.checkin', { code: this.code.trim() }, () => { this.entering = false; this.done = this.labels.checked_in; });
    },
    async people() {
      try { this.roster = (await this.act('call.roster', { shift_id: this.s.id })).people || []; } catch (e) { this.words = e.words || this.labels.failed; }
    },
  },
  template: `
<li class="ys-shift" :class="{'is-mine': !!mine, 'is-full': !left && !mine, 'is-over': over}">
  <div class="ys-shift-head"><strong>{{ s.title }}</strong><span class="ys-seats" :class="left ? 'has-left' : ''" role="status">{{ seats }}</span></div>
  <p class="ys-shift-line"><ys-icon name="schedule"/><time :datetime="s.starts_at">{{ when }}</time></p>
  <p v-if="s.place" class="ys-shift-line"><ys-icon name="place"/>{{ s.place }}</p>
  <p v-if="s.skills && s.skills.length" class="ys-shift-line"><ys-icon name="build"/><span>{{ labels.skills }} {{ s.skills.join('、') }}</span></p>
  <div class="ys-bar is-thin" aria-hidden="true"><i :style="{transform: 'scaleX(' + Math.min(1, (s.taken || 0) / (s.seats || 1)) + ')'}"></i></div>
  <div v-if="mine" class="ys-shift-mine" role="status"><ys-icon :name="mine.state === 'waiting' ? 'schedule' : 'check_circle'"/><span>{{ mine.state === 'waiting' ? fill(labels.mine_waiting, {n: mine.position || 1}) : labels['mine_' + mine.state] || labels.mine_confirmed }}</span></div>
  <p v-if="words" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p>
  <p v-else-if="done" class="ys-hint" role="status">{{ done }}</p>
  <form v-if="entering" class="ys-check" @submit.prevent="check"><label><span class="ys-label">{{ labels.enter_code }}</span><input v-model="code" class="ys-input" inputmode="numeric" autocomplete="one-time-code" maxlength="8" pattern="[0-9]*" :placeholder="labels.code_hint"></label><button type="submit" class="ys-btn ys-btn-main" :disabled="!!busy">{{ labels.check_in }}</button></form>
  <div v-if="asking" class="ys-confirm" role="alertdialog" :aria-label="labels.sure_leave"><p>{{ labels.sure_leave }}</p><button type="button" class="ys-btn" @click="leave">{{ labels.leave_yes }}</button><button type="button" class="ys-btn ys-btn-main" @click="asking = false">{{ labels.leave_no }}</button></div>
  <div v-else class="ys-shift-acts">
    <button v-if="!mine && open && call.can_signup !== false" type="button" class="ys-btn" :class="left ? 'ys-btn-main' : ''" :disabled="!!busy" @click="sign"><i v-if="busy === 'sign'" class="ys-spin" aria-hidden="true"></i>{{ left ? labels.sign_up : labels.wait }}</button>
    <button v-if="mine && mine.state === 'confirmed' && soon && open && !entering" type="button" class="ys-btn ys-btn-leaf" @click="entering = true">{{ labels.check_in }}</button>
    <button v-if="mine && ['confirmed', 'waiting'].includes(mine.state) && open" type="button" class="ys-btn" :disabled="!!busy" @click="leave">{{ mine.state === 'waiting' ? labels.leave_queue : labels.leave }}</button>
    <button v-if="(s.lead || call.lead) && !compact" type="button" class="ys-btn" :aria-expanded="lead ? 'true' : 'false'" @click="lead = !lead"><ys-icon name="verified_user"/>{{ labels.show_code }}</button>
    <button v-if="!compact && s.can_see_roster && (s.taken || s.waiting)" type="button" class="ys-btn ys-btn-plain" @click="people"><ys-icon name="group"/>{{ labels.roster }}</button>
    <span v-if="!mine && open && call.can_signup === false" class="ys-hint">{{ call.why_not || labels.cannot }}</span>
  </div>
  <ys-code-board v-if="lead" :shift="s" :labels="labels"/>
  <ys-sheet v-if="roster" :title="s.title" :close-label="labels.close" @close="roster = null"><p v-if="!roster.length" class="ys-hint">{{ labels.roster_none }}</p><ul class="ys-members"><li v-for="p in roster" :key="p.id"><div class="ys-roster-row"><ys-avatar :name="p.name"/><span>{{ p.name }}</span><span v-if="p.star" class="ys-tag ys-tag-red"><ys-icon name="star"/>{{ labels.party }}</span><span class="ys-tag" :class="p.state === 'checked_in' ? 'ys-tag-green' : p.state === 'waiting' ? 'ys-tag-amber' : ''">{{ labels['state_' + p.state] || '' }}</span></div></li></ul></ys-sheet>
</li>`,
};

export const CallView = {
  name: 'CallView',
  components: { YsIcon: Icon, YsShift: Shift },
  mixins: [liveMixin],
  props: { call: Object, compact: Boolean, labels: Object },
  inject: ['act', 'meId'],
  data() { return { c: { ...this.call, shifts: (this.call.shifts || []).map((s) => ({ ...s })) }, now: Date.now(), showAll: false, ready: !!this.call.shifts, missing: false }; },
  computed: {
    shown() { return this.compact && !this.showAll ? this.c.shifts.slice(0, 2) : this.c.shifts; },
    left() { return this.c.shifts.reduce((sum, s) => sum + Math.max(0, s.seats - (s.taken || 0)), 0); },
    people() { return this.c.shifts.reduce((sum, s) => sum + (s.taken || 0), 0); },
  },
  watch: { call: { deep: true, handler(next) { this.merge(next); } } },
  mounted() {
    this.listen(`call:${this.c.id}`, (frame) => this.frame(frame));
    this.onConnect(({ first }) => { if (!first || !this.ready) this.load(); });
    if (!this.ready) this.load();
    if (this.meId) this.listen(`member:${this.meId}`, (frame) => { if (frame.k === 'shift' && frame.call_id === this.c.id) this.frame({ ...frame, k: 'seats' }); });
    this.timer = setInterval(() => { this.now = Date.now(); }, 20e3);
  },
  beforeUnmount() { clearInterval(this.timer); clearTimeout(this.later); },
  methods: {
    fill,
    /** A card that has just arrived brings its number only; and after a lost line the counters are asked for anew. */
    async load() {
      if (this.loading) return;
      this.loading = true;
      try {
        const data = this.compact ? await this.act('card', { kind: 'call', id: this.c.id }) : await this.act('call.state', { call_id: this.c.id });
        this.merge({ ...data, href: this.c.href || data.href }); // a desk has given its own
        this.ready = true;
      } catch (e) {
        this.missing = !this.ready;
      }
      this.loading = false;
    },
    soon() {
      clearTimeout(this.later);
      this.later = setTimeout(() => this.load(), Math.random() * HERD);
    },
    merge(next) {
      for (const key of ['title', 'body', 'state', 'can_signup', 'why_not', 'incident', 'href', 'lead']) if (key in next) this.c[key] = next[key];
      if (!next.shifts) return;
      const known = new Map(this.c.shifts.map((s) => [s.id, s]));
      this.c.shifts = next.shifts.map((s) => Object.assign(known.get(s.id) || {}, s)); // one that was called off is gone
      if (this.c.shifts.some((s) => !('mine' in s))) this.soon(); // what is new came in a frame for all
    },
    frame(frame) {
      if (frame.k === 'call') {
        const { state } = this.c;
        this.merge(frame.call || frame);
        if (this.c.state !== state) this.soon(); // who may sign up is another question now
      }
      if (frame.k !== 'seats') return;
      const list = frame.shifts || [{ ...frame, id: frame.shift_id }];
      for (const one of list) {
        const shift = this.c.shifts.find((s) => s.id === one.id);
        if (!shift) continue;
        if (shift.mine && shift.mine.state === 'waiting' && one.waiting < shift.waiting) this.soon(); // my place in the line may be another
        for (const key of ['taken', 'waiting', 'seats', 'mine']) if (key in one) shift[key] = one[key];
      }
    },
  },
  template: `
<article v-if="!ready" class="ys-call is-compact" :aria-busy="missing ? 'false' : 'true'"><div class="ys-call-in"><p v-if="missing" class="ys-hint">{{ labels.gone }}</p><template v-else><div class="ys-skeleton"></div><br><div class="ys-skeleton" style="width: 60%"></div></template></div></article>
<article v-else class="ys-call" :class="{'is-compact': compact}" :aria-label="c.title">
  <div v-if="c.incident" class="ys-level" :data-level="c.incident.level"><ys-icon name="warning"/><b v-if="c.incident.level_word">{{ c.incident.level_word }}</b><span>{{ c.incident.title }}</span></div>
  <div class="ys-call-in">
    <h2 class="ys-ballot-title">{{ c.title }}</h2>
    <p v-if="c.body" class="ys-call-body">{{ c.body }}</p>
    <p class="ys-call-sum"><ys-icon name="volunteer_activism"/><span role="status"><b>{{ fill(labels.left_all, {n: left}) }}</b> · {{ fill(labels.people_all, {n: people}) }}</span></p>
    <p v-if="c.state === 'closed'" class="ys-hint">{{ labels.closed }}</p>
    <p v-else-if="compact" class="ys-hint">{{ labels.write_to_join }}</p>
    <ul v-if="c.shifts.length" class="ys-shifts"><ys-shift v-for="s in shown" :key="s.id" :s="s" :call="c" :compact="compact" :labels="labels" :now="now"/></ul>
    <p v-else class="ys-hint">{{ labels.no_shifts }}</p>
    <div class="ys-ballot-acts"><button v-if="compact && c.shifts.length > shown.length" type="button" class="ys-btn" @click="showAll = true">{{ fill(labels.more_shifts, {n: c.shifts.length - shown.length}) }}</button><a v-if="compact && c.href" class="ys-btn ys-btn-plain" :href="c.href">{{ labels.details }}</a></div>
  </div>
</article>`,
};
