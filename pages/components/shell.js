import { Icon, capped, fill, liveMixin } from 'ys/base.js';

export default {
  components: { YsIcon: Icon },
  mixins: [liveMixin],
  props: { variant: String, tabs: Array, active: String, title: String, back: String, bare: Boolean, incident: Object, actions: Array, topics: Array, labels: Object },
  data() {
    return { numbers: {}, alarm: this.incident || null, mainId: 'main' };
  },
  created() {
    this.tabs.forEach((tab) => { this.numbers[tab.counts || tab.key] = { n: tab.badge || 0, dot: !!tab.dot }; });
  },
  mounted() {
    const main = document.querySelector('main');
    if (main) this.mainId = main.id || (main.id = 'main');
    (this.topics || []).forEach((topic) => this.listen(topic, (frame) => this.take(frame)));
    document.addEventListener('ys:unread', this.onUnread);
  },
  beforeUnmount() {
    document.removeEventListener('ys:unread', this.onUnread);
  },
  methods: {
    capped, fill,
    take(frame) {
      if (frame.k === 'unread' && this.numbers[frame.tab]) this.numbers[frame.tab] = { n: frame.n || 0, dot: !!frame.dot };
      if (frame.k === 'incident') this.alarm = frame.incident || null;
    },
    onUnread(event) { this.take({ k: 'unread', ...event.detail }); },
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
    <section v-if="alarm" :aria-label="labels.incident"><a class="ys-alarm" :href="alarm.href" :data-level="alarm.level">
      <ys-icon name="warning"/><strong v-if="alarm.level_word">{{ alarm.level_word }}</strong><span class="ys-alarm-title">{{ alarm.title }}</span><ys-icon name="chevron_right"/></a></section>
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
