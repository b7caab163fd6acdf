// Who has said 收到, by 楼栋: numbers move while people press, names open under each building.
import { Icon, act, fill, fullTime, liveMixin, tickMixin } from 'ys/base.js';

export default {
  components: { YsIcon: Icon },
  mixins: [liveMixin, tickMixin],
  props: { topic: String, state: Object, export_href: String, room_href: String, labels: Object },
  data() { return { s: this.state, busy: false, words: '' }; },
  computed: {
    missing() { return this.s.total - this.s.received; },
    reminded() {
      if (!this.s.reminded_at) return '';
      const later = new Date(this.s.reminded_at).getTime() > this.now;
      return fill(later ? this.labels.will_remind : this.labels.reminded, { when: fullTime(this.s.reminded_at, this.labels.time, this.now) });
    },
    masked() { return this.s.buildings.some((one) => !one.named); },
  },
  mounted() {
    this.listen(this.topic, (frame) => { if (frame.k === 'changed') this.refresh(); });
    this.onConnect(({ first }) => { if (!first) this.refresh(); });
  },
  methods: {
    fill, fullTime,
    async refresh() {
      if (this.asking) { this.again = true; return; }
      this.asking = true;
      try {
        do {
          this.again = false;
          this.s = (await act(this, 'receipts.state', { room: this.s.room, seq: this.s.seq })).state;
          this.words = '';
        } while (this.again);
      } catch (e) {
        if (e.code === 'not_found') this.words = this.labels.gone;
      } finally { this.asking = false; }
    },
    async remind() {
      if (this.busy) return;
      Object.assign(this, { busy: true, words: '' });
      try {
        this.s.reminded_at = (await act(this, 'receipts.remind', { room: this.s.room, seq: this.s.seq })).due;
        this.now = Date.now();
      } catch (e) { this.words = e.words || this.labels.failed; }
      this.busy = false;
    },
    share(one) { return one.total ? one.received / one.total : 0; },
  },
  template: `<div class="ys-receipts">
  <section class="ys-card ys-receipts-head"><p class="ys-receipts-body">{{ s.body }}</p><p class="ys-hint">{{ s.by }} · {{ fullTime(s.at, labels.time, now) }}</p>
    <p class="ys-receipts-sum" role="status"><b>{{ fill(labels.received, {n: s.received, total: s.total}) }}</b><span>{{ missing ? fill(labels.missing, {n: missing}) : labels.all }}</span></p>
    <div class="ys-bar" aria-hidden="true"><i :style="{transform: 'scaleX(' + share(s) + ')'}"></i></div>
    <p v-if="!s.pinned" class="ys-hint"><ys-icon name="info"/> {{ labels.replaced }}</p>
    <div class="ys-acts"><button v-if="s.may_remind && missing" type="button" class="ys-btn ys-btn-main" :disabled="busy" @click="remind"><ys-icon name="notifications"/>{{ labels.remind }}</button>
      <a class="ys-btn" :href="export_href"><ys-icon name="download"/>{{ labels.export }}</a><a v-if="room_href" class="ys-btn" :href="room_href">{{ labels.open_room }}</a></div>
    <p v-if="reminded" class="ys-hint" role="status">{{ reminded }}</p><p v-else-if="s.may_remind && missing" class="ys-hint">{{ labels.remind_hint }}</p>
    <p v-if="words" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p></section>
  <p v-if="masked" class="ys-hint"><ys-icon name="lock"/> {{ labels.masked }}</p>
  <ul class="ys-receipts-list" :aria-label="labels.buildings"><li v-for="one in s.buildings" :key="one.title + one.place" class="ys-card">
    <details><summary><span class="ys-receipts-row"><b>{{ one.title }}</b><span>{{ one.received }}/{{ one.total }}</span><ys-icon name="expand_more"/></span><span class="ys-bar" aria-hidden="true"><i :style="{transform: 'scaleX(' + share(one) + ')'}"></i></span></summary>
      <template v-if="one.missing.length"><h3>{{ fill(labels.not_yet, {n: one.missing.length}) }}</h3><ul class="ys-names"><li v-for="(p, i) in one.missing" :key="i">{{ p.name }}</li></ul></template>
      <template v-if="one.confirmed.length"><h3>{{ fill(labels.done, {n: one.confirmed.length}) }}</h3><ul class="ys-names is-done"><li v-for="(p, i) in one.confirmed" :key="i">{{ p.name }}</li></ul></template></details></li></ul>
</div>`,
};
