// The log on the screen: of all messages in memory only those near the reader stand in the page, however long the room.
//
// Rows above and below them are empty space of the height they had, or are guessed to have. A wrong guess is taken out of the
// space above when its row comes in, so what is read never moves and a finger's swing is not disturbed.

const ALL = 80; // rows that stand in the page together without choosing
const AROUND = 24; // rows kept ready above and below what is seen
const STEP = 3; // rows that come in at each side in one frame: a slow phone has 16 ms for it
const NEAR = 90; // px from the end that still count as "at the end"
const GUESS = { time: 48, unread: 48, recalled: 42, system: 42, message: 64 }; // px, until some of the kind were measured

const kindOf = (row) => (row.type === 'message' ? row.m.kind : row.type);
const clamp = (n, low, high) => Math.max(low, Math.min(high, n));

export const LogView = {
  name: 'YsLogView',
  props: { rows: Array, atEnd: Boolean, label: String },
  emits: ['follows', 'moved'],
  data() { return { from: Math.max(0, this.rows.length - ALL), to: this.rows.length, follows: true }; },
  created() {
    this.heights = new Map(); // px of rows by key, measured
    this.guesses = new Map(); // px of rows by key, a guess once made stays
    this.means = {}; // kind -> [how many, px in all]
    this.slack = 0; // px that wrong guesses have taken out of the space above
    this.anchor = null; // the first row in sight and where it stands: {key, top}
    this.changed = true; // the rows themselves are others, not only the stretch of them
  },
  watch: {
    rows(now, before) { this.keep(now, before); },
    follows(on) { this.$emit('follows', on); },
  },
  mounted() {
    this.width = this.$el.clientWidth;
    this.height = this.$el.clientHeight;
    this.settle();
    this.watcher = new ResizeObserver((entries) => this.resized(entries));
    this.watcher.observe(this.$el);
    this.watcher.observe(this.$refs.rows);
  },
  updated() {
    const { changed } = this;
    this.settle();
    if (changed && !this.follows) this.tellEnds(); // what came in may not be enough
  },
  beforeUnmount() {
    this.watcher.disconnect();
    cancelAnimationFrame(this.frame);
  },
  methods: {
    // heights
    heightOf(row) {
      const known = this.heights.get(row.key) ?? this.guesses.get(row.key);
      if (known !== undefined) return known;
      const [n, all] = this.means[kindOf(row)] || [0, 0];
      const guess = n ? all / n : GUESS[row.type];
      this.guesses.set(row.key, guess);
      return guess;
    },
    sum(low, high) {
      let all = 0;
      for (let i = low; i < high; i += 1) all += this.heightOf(this.rows[i]);
      return all;
    },
    measure(again) {
      const { children } = this.$refs.rows;
      for (let i = 0; i < children.length; i += 1) {
        const row = this.rows[this.from + i];
        if (!row || (!again && this.heights.has(row.key))) continue;
        const { height } = children[i].getBoundingClientRect();
        if (!this.heights.has(row.key)) {
          const [n, all] = this.means[kindOf(row)] || [0, 0];
          this.means[kindOf(row)] = [n + 1, all + height];
        }
        this.heights.set(row.key, height);
      }
    },
    /** Give the rows outside their space. */
    space() {
      if (!this.from) this.slack = 0;
      this.lead = Math.max(0, this.sum(0, this.from) + this.slack);
      this.$refs.lead.style.height = `${this.lead}px`;
      this.$refs.tail.style.height = `${this.sum(this.to, this.rows.length)}px`;
    },

    // what stands where
    size() { return `${this.$el.clientHeight}:${this.$el.scrollHeight}`; },
    /** The first row in the page that ends below `y` (px inside the scrolled content), as an index of `rows`. */
    rowAt(y) {
      const { children } = this.$refs.rows;
      let low = 0;
      let high = children.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (children[middle].offsetTop + children[middle].offsetHeight > y) high = middle;
        else low = middle + 1;
      }
      return this.from + low;
    },
    topOf(index) { return this.$refs.rows.children[index - this.from].getBoundingClientRect().top - this.$el.getBoundingClientRect().top; },
    /** Remember what is in sight: a message, as a time above it may go when older ones come in. */
    note() {
      this.shownSize = this.size();
      this.anchor = null;
      if (!this.$refs.rows.children.length) return;
      let first = this.rowAt(this.$el.scrollTop);
      while (first < this.to - 1 && !this.rows[first].m) first += 1;
      this.anchor = { key: this.rows[first].key, top: this.topOf(first) };
    },
    /** Put what is in sight back where it was. */
    hold() {
      const at = this.anchor ? this.rows.findIndex((row, i) => i >= this.from && i < this.to && row.key === this.anchor.key) : -1;
      if (at < 0 || !this.$refs.rows.children[at - this.from]) {
        this.note();
        return;
      }
      const off = this.topOf(at) - this.anchor.top;
      if (Math.abs(off) < 0.5) return;
      if (!this.changed && this.from && this.lead - off >= 0) {
        this.slack -= off;
        this.lead -= off;
        this.$refs.lead.style.height = `${this.lead}px`;
      } else this.$el.scrollTop += off;
    },
    /** Follow the end, or hold what is read. */
    stay() {
      if (this.follows) {
        this.bottom();
        this.note();
      } else this.hold();
      this.soon();
    },
    settle() {
      this.space();
      this.measure(this.changed);
      if (this.changed && this.follows) this.bottom();
      else this.hold();
      if (this.follows) this.note();
      this.changed = false;
      this.soon();
    },
    tellEnds() {
      const box = this.$el;
      this.$emit('moved', { above: box.scrollTop, below: box.scrollHeight - box.scrollTop - box.clientHeight });
    },
    /** The window, or something in a row, has another size; what came in by ourselves has been measured already. */
    resized(entries) {
      const { clientWidth: width, clientHeight: height } = this.$el;
      const rows = entries.find((entry) => entry.target === this.$refs.rows);
      const ours = !rows || Math.abs(rows.contentRect.height - this.sum(this.from, this.to)) < 1;
      if (ours && width === this.width && height === this.height) return;
      if (width !== this.width) {
        this.heights.clear();
        this.guesses.clear();
      }
      Object.assign(this, { width, height });
      this.measure(true);
      this.stay();
    },

    // which rows stand in the page
    /** Other rows: the same messages stay in the page. */
    keep(now, before) {
      const where = new Map(now.map((row, i) => [row.key, i]));
      const kept = before.slice(this.from, this.to).map((row) => where.get(row.key)).filter((i) => i !== undefined);
      this.changed = true;
      if (!kept.length) {
        this.anchor = null;
        this.slack = 0;
        this.span(now.length - ALL, now.length, now.length);
        return;
      }
      const low = Math.min(...kept);
      if (this.follows) this.span(Math.max(low, now.length - ALL), now.length, now.length);
      else this.span(low, Math.max(...kept) + 1, now.length);
    },
    span(from, to, length = this.rows.length) {
      this.from = clamp(from, 0, length);
      this.to = clamp(to, this.from, length);
    },
    /** Bring the rows in the page nearer to those that are in sight, a few in each frame. */
    look() {
      const box = this.$el;
      const all = this.rows.length;
      if (!all) return;
      const { scrollTop: top, clientHeight: height } = box;
      const { children } = this.$refs.rows;
      const last = children[children.length - 1];
      const bare = !last || (this.from > 0 && children[0].offsetTop > top) || (this.to < all && last.offsetTop + last.offsetHeight < top + height);
      const [first, end] = bare ? this.guessed(top, height) : [this.rowAt(top), this.rowAt(top + height) + 1];
      const low = all <= ALL ? 0 : Math.max(0, first - AROUND);
      const high = all <= ALL ? all : Math.min(all, end + AROUND);
      if (end <= this.from || first >= this.to) this.span(first - STEP, end + STEP);
      else this.span(Math.min(first, Math.max(low, this.from - STEP)), Math.max(end, Math.min(high, this.to + STEP)));
      if (this.from !== low || this.to !== high) this.soon();
    },
    soon() {
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.look());
    },
    /** Where rows in sight must be by their heights, when a jump of the scrollbar has left those in the page. */
    guessed(top, height) {
      let y = this.$refs.lead.offsetTop;
      let first = -1;
      for (let i = 0; i < this.rows.length; i += 1) {
        y += this.heightOf(this.rows[i]);
        if (first < 0 && y > top) first = i;
        if (y >= top + height) return [first, i + 1];
      }
      return [first < 0 ? this.rows.length - 1 : first, this.rows.length];
    },

    // moving
    scrolled() {
      const box = this.$el;
      // A keyboard or a growing draft moves the log too; only the reader's own finger lets go of the end.
      if (this.follows && this.size() !== this.shownSize) {
        this.bottom();
        this.note();
        return;
      }
      const below = box.scrollHeight - box.scrollTop - box.clientHeight;
      this.follows = below < NEAR && this.atEnd;
      this.note();
      this.soon();
      this.tellEnds();
    },
    bottom() { this.$el.scrollTop = this.rows.length ? this.$el.scrollHeight : 0; }, // an empty room is read from its first word
    /** Go to the end and follow it. */
    async toEnd() {
      this.follows = true;
      this.span(this.to >= this.rows.length ? this.from : this.rows.length - ALL / 2, this.rows.length);
      await this.$nextTick();
      this.bottom();
      this.note();
    },
    /** Show the row that `test` finds, in the middle or `under` px below the top; gives back whether there is one. */
    async reveal(test, under) {
      const at = this.rows.findIndex(test);
      if (at < 0) return false;
      this.follows = false;
      if (at < this.from || at >= this.to) {
        this.anchor = null;
        this.span(at - AROUND, at + AROUND);
      }
      await this.$nextTick();
      const { height } = this.$refs.rows.children[at - this.from].getBoundingClientRect();
      this.$el.scrollTop += this.topOf(at) - (under ?? Math.max(60, (this.$el.clientHeight - height) / 2));
      this.note();
      this.scrolled();
      return true;
    },
    /** The last number that has been wholly in sight. */
    lastSeen() {
      const edge = this.$el.scrollTop + this.$el.clientHeight + 4;
      if (!this.$refs.rows.children.length) return 0;
      const below = this.rowAt(edge);
      const child = this.$refs.rows.children[below - this.from];
      for (let i = child.offsetTop + child.offsetHeight <= edge ? below : below - 1; i >= this.from; i -= 1) {
        const { m } = this.rows[i];
        if (m && m.seq) return m.seq;
      }
      return 0;
    },
  },
  // A row that only comes into sight is no news for a screen reader; at the end whatever comes is.
  template: `
<div class="ys-scroll" tabindex="0" role="log" :aria-live="follows ? 'polite' : 'off'" :aria-label="label" @scroll.passive="scrolled">
  <div class="ys-list">
    <slot name="before"></slot>
    <div ref="lead" aria-hidden="true"></div>
    <div ref="rows"><div v-for="row in rows.slice(from, to)" :key="row.key" class="ys-log-row"><slot :row="row"></slot></div></div>
    <div ref="tail" aria-hidden="true"></div>
    <slot name="after"></slot>
  </div>
</div>`,
};
