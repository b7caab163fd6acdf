// The frame around every page. Its red numbers and the red bar stay true while the page is open, whatever the page is about.
import { Icon, act, capped, fill, liveMixin } from 'ys/base.js';

const HERD = 2000; // ms within which pages ask again after news that went to all of them

export default {
  components: { YsIcon: Icon },
  mixins: [liveMixin],
  props: { variant: String, tabs: Array, active: String, title: String, back: String, bare: Boolean, incident: Object, told: Number, actions: Array, topics: Array, rooms: Array, me: Number, labels: Object },
  data() {
    return { numbers: {}, alarm: this.incident || null, counted: [], mainId: 'main' };
  },
  computed: { bar() { return this.alarm && this.alarm.id !== this.told ? this.alarm : null; } },
  created() {
    this.tabs.forEach((tab) => { this.numbers[tab.counts || tab.key] = { n: tab.badge || 0, dot: !!tab.dot }; });
  },
  mounted() {
    const main = document.querySelector('main');
    if (main) this.mainId = main.id || (main.id = 'main');
    this.heard = new Set();
    this.topics.forEach((topic) => this.listen(topic, (frame) => this.take(frame)));
    if (this.rooms.length) this.count(this.rooms);
    this.onConnect(({ first }) => { if (!first) this.soon('numbers', 0).soon('alarm', 0); });
    document.addEventListener('ys:unread', this.onUnread);
  },
  beforeUnmount() {
    document.removeEventListener('ys:unread', this.onUnread);
    Object.values(this.waiting || {}).forEach(clearTimeout);
  },
  methods: {
    capped, fill,
    take(frame) {
      if (frame.k === 'incident') {
        if (frame.incident) this.alarm = frame.incident; // at once; whether another place of mine has a graver one, the server knows
        this.soon('alarm', HERD);
      } else if (frame.k === 'deliberation') this.soon('numbers', HERD);
      else if (frame.k === 'voted' || frame.k === 'rooms') this.soon('numbers', 0);
      else if (frame.k === 'read') this.read(frame);
    },
    set(tab, n, dot) { if (this.numbers[tab]) this.numbers[tab] = { n: n || 0, dot: !!dot }; },
    onUnread({ detail }) { this.set(detail.tab, detail.n, detail.dot); },
    /** Ask again, once for all the news of that time. */
    soon(what, wait) {
      this.waiting = this.waiting || {};
      clearTimeout(this.waiting[what]);
      this.waiting[what] = setTimeout(() => this.ask(what), 50 + Math.random() * wait);
      return this;
    },
    async ask(what) {
      try {
        const data = await act(this, `frame.${what}`, {}, { again: true });
        if (what === 'alarm') this.alarm = data.incident;
        else {
          this.set('deliberate', data.deliberate);
          if (this.rooms.length) this.count(data.rooms);
        }
      } catch (e) { /* what is shown stays; the next connection asks again */ }
    },
    /** Unread messages of rooms, where no list of rooms stands on the page to count them. */
    count(rooms) {
      this.counted = rooms.map((room) => ({ ...room }));
      rooms.filter((room) => !this.heard.has(room.id)).forEach((room) => {
        this.heard.add(room.id);
        this.listen(`room:${room.id}`, (frame) => { if (frame.k === 'message') this.said(room.id, frame); });
      });
      this.sum();
    },
    said(id, { m, last_n: lastN }) {
      const room = this.counted.find((one) => one.id === id);
      if (!room || lastN <= room.last_n) return;
      room.unread = m.sender && m.sender.id === this.me ? 0 : room.unread + lastN - room.last_n;
      room.last_n = lastN;
      this.sum();
    },
    read({ room: id, n }) {
      const room = this.counted.find((one) => one.id === id);
      if (!room) return;
      room.unread = Math.max(0, room.last_n - n);
      this.sum();
    },
    sum() {
      const unread = this.counted.reduce((sum, room) => sum + (room.muted ? 0 : room.unread), 0);
      this.set('messages', unread, this.counted.some((room) => room.muted && room.unread));
    },
    skip() {
      const main = document.querySelector('main');
      if (!main) return;
      main.tabIndex = -1;
      main.focus();
    },
    mark(tab) { return this.numbers[tab.counts || tab.key] || { n: 0, dot: false }; },
  },
  template: `
<div class="ys-shell">
  <a class="ys-skip" :href="'#' + mainId" @click.prevent="skip">{{ labels.skip }}</a>
  <header v-if="!bare" class="ys-header">
    <div class="ys-header-in">
      <a v-if="back" class="ys-icon-btn" :href="back" :aria-label="labels.back"><ys-icon name="chevron_left"/></a>
      <img v-else class="ys-header-logo" src="/static/img/logo.svg" alt="">
      <h1>{{ title }}</h1>
      <a v-for="a in actions" :key="a.label" class="ys-icon-btn" :href="a.href" :aria-label="a.label" :title="a.label"><ys-icon :name="a.icon"/></a>
    </div>
  </header>
  <div class="ys-bars" aria-live="assertive">
    <section v-if="bar" :aria-label="labels.incident"><a class="ys-alarm" :href="bar.href" :data-level="bar.level">
      <ys-icon name="warning"/><strong v-if="bar.level_word">{{ bar.level_word }}</strong><span class="ys-alarm-title">{{ bar.title }}</span><ys-icon name="chevron_right"/></a></section>
  </div>
  <nav class="ys-tabs" :class="{'is-bare': bare}" :aria-label="labels.tabs">
    <a class="ys-brand" href="/" tabindex="-1" aria-hidden="true"><img src="/static/img/logo.svg" alt=""><span>{{ labels.brand }}</span></a>
    <a v-for="tab in tabs" :key="tab.key" class="ys-tab" :href="tab.href" :aria-current="tab.key === active ? 'page' : null">
      <span class="ys-tab-icon"><ys-icon :name="tab.icon"/>
        <b v-if="mark(tab).n" class="ys-badge-num" aria-hidden="true">{{ capped(mark(tab).n) }}</b><b v-else-if="mark(tab).dot" class="ys-dot" aria-hidden="true"></b></span>
      <span class="ys-tab-word">{{ tab.label }}</span>
      <span v-if="mark(tab).n" class="ys-sr">{{ fill(labels.unread, {n: mark(tab).n}) }}</span>
    </a>
  </nav>
</div>`,
};
