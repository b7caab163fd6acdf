// What needs me now, by deadline. The clock runs by itself; the list asks again on news, every minute, and after a lost line.
import { ConfirmAct } from 'ys/confirm_act.js';
import { EntryActs, EntryUndo } from 'ys/entry_acts.js';
import { Icon, act, fill, fullTime, liveMixin, remaining, tickMixin } from 'ys/base.js';

const NEWS = ['changed', 'incident', 'call', 'seats'];
const AGAIN = 60e3; // a deadline that comes near is announced by nobody
const SOON = 3600e3;

export default {
  components: { YsIcon: Icon, YsConfirmAct: ConfirmAct, YsEntryActs: EntryActs, YsEntryUndo: EntryUndo },
  mixins: [liveMixin, tickMixin],
  props: { topics: Array, lines: Array, labels: Object },
  provide() { return { act: (name, args) => act(this, name, args) }; },
  data() { return { list: this.lines, asked: false, failed: false, done: null }; },
  mounted() {
    this.heard = new Set();
    this.hear(this.topics);
    this.hear(this.list.map((one) => one.topic));
    this.onConnect(({ first }) => { if (!first) this.refresh(0); });
    this.timer = setInterval(() => { if (!document.hidden) this.refresh(0); }, AGAIN);
  },
  beforeUnmount() { clearTimeout(this.later); clearInterval(this.timer); },
  methods: {
    fill, fullTime,
    hear(topics) {
      topics.filter((topic) => topic && !this.heard.has(topic)).forEach((topic) => {
        this.heard.add(topic);
        this.listen(topic, (frame) => { if (NEWS.includes(frame.k)) this.refresh(frame.k === 'seats' ? 1000 : 150); });
      });
    },
    refresh(wait) {
      if (this.asked) return;
      this.asked = true;
      this.later = setTimeout(async () => {
        this.asked = false; // news that comes while the answer is under way asks once more
        try {
          this.list = (await act(this, 'workbench.list', {})).lines;
          this.hear(this.list.map((one) => one.topic));
          this.now = Date.now();
          this.failed = false;
        } catch { this.failed = true; }
      }, wait);
    },
    decided(done) { this.done = done; this.refresh(0); },
    left(one) { return new Date(one.due_at).getTime() - this.now; },
    tone(one) {
      if (!one.due_at) return '';
      if (this.left(one) <= 0) return 'is-late';
      return this.left(one) <= SOON ? 'is-soon' : '';
    },
    clock(one) {
      if (!one.due_at) return '';
      const minutes = Math.floor(-this.left(one) / 60e3);
      if (this.left(one) > 0) return remaining(one.due_at, this.labels.time, this.now);
      if (minutes < 60) return fill(this.labels.late_minutes, { n: Math.max(1, minutes) });
      if (minutes < 48 * 60) return fill(this.labels.late_hours, { n: Math.floor(minutes / 60) });
      return fill(this.labels.late_days, { n: Math.floor(minutes / 1440) });
    },
  },
  template: `<div class="ys-queue">
  <p class="ys-hint" role="status">{{ failed ? labels.stale : list.length ? fill(labels.count, {n: list.length}) : '' }}</p>
  <div v-if="!list.length" class="ys-empty"><img src="/static/img/xiaoqi.svg" alt=""><strong>{{ labels.none }}</strong><p>{{ labels.none_hint }}</p></div>
  <ul v-else class="ys-card" :aria-label="labels.queue">
    <li v-for="one in list" :key="one.key" :class="tone(one)"><component :is="one.href ? 'a' : 'div'" class="ys-queue-line" :href="one.href || null"><ys-icon :name="one.icon" fallback="assignment"/>
      <span class="ys-queue-what"><b>{{ one.title }}</b><small v-if="one.detail">{{ one.detail }}</small></span>
      <span class="ys-queue-when"><span class="ys-tag">{{ one.kind }}</span><time v-if="one.due_at" :datetime="one.due_at" :title="fullTime(one.due_at, labels.time, now)"><ys-icon name="schedule"/>{{ clock(one) }}</time><small v-else-if="one.since">{{ fill(labels.since, {when: fullTime(one.since, labels.time, now)}) }}</small></span>
    </component><ys-entry-acts v-if="one.entry" :entry="one.entry" :labels="labels.entry" @decided="decided"/><ys-confirm-act v-if="one.confirm" :key="one.confirm.version" :entry="one.confirm" :labels="labels.confirm" @decided="decided"/></li>
  </ul>
  <ys-entry-undo v-if="done" :key="done.id + done.words" :done="done" :labels="labels.entry" @over="done = null" @undone="done = null; refresh(0)"/>
</div>`,
};
