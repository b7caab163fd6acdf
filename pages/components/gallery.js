// Pictures of a room in a grid by month, documents in a list; what is recalled disappears, what is posted appears.
import { Icon, act, fill, fullTime, liveMixin } from 'ys/base.js';
import { size } from 'ys/file_bubble.js';
import { Viewer } from 'ys/viewer.js';

const SHIFT = 8 * 3600e3; // China's wall clock

export default {
  components: { YsIcon: Icon, YsViewer: Viewer },
  mixins: [liveMixin],
  props: { room: Number, pictures: Object, labels: Object },
  data() { return { tab: 'pictures', lists: { pictures: this.pictures, files: null }, viewing: 0, busy: false, words: '' }; },
  computed: {
    shown() { return this.lists[this.tab]; },
    months() {
      const out = [];
      for (const one of this.shown ? this.shown.items : []) {
        const day = new Date(new Date(one.at).getTime() + SHIFT);
        const title = fill(this.labels.month, { y: day.getUTCFullYear(), m: day.getUTCMonth() + 1 });
        if (!out.length || out[out.length - 1].title !== title) out.push({ title, items: [] });
        out[out.length - 1].items.push(one);
      }
      return out;
    },
  },
  mounted() {
    this.listen(`room:${this.room}`, (frame) => { if (frame.k === 'message') this.arrived(frame.m); });
    this.onConnect(({ first }) => { if (!first) this.reload(); });
  },
  methods: {
    fill, fullTime, size,
    arrived(m) {
      if (m.kind === 'recall') {
        for (const list of Object.values(this.lists)) if (list) list.items = list.items.filter((one) => one.seq !== m.target);
        if (this.viewing === m.target) this.viewing = 0;
      } else if (m.kind === 'image' || m.kind === 'file') {
        const list = this.lists[m.kind === 'image' ? 'pictures' : 'files'];
        if (list && !list.items.some((one) => one.seq === m.seq)) list.items.unshift({ seq: m.seq, at: m.at, sender: m.sender, image: m.image, file: m.file });
      }
    },
    reload() { this.lists[this.tab === 'pictures' ? 'files' : 'pictures'] = null; return this.fetch(this.tab, null); },
    choose(tab) {
      this.tab = tab;
      if (!this.lists[tab]) this.fetch(tab, null);
    },
    async fetch(tab, before) {
      if (this.busy) return;
      Object.assign(this, { busy: true, words: '' });
      try {
        const page = await act(this, 'gallery', { room: this.room, files: tab === 'files', before });
        this.lists[tab] = before ? { items: [...this.lists[tab].items, ...page.items], before: page.before } : page;
      } catch (e) { this.words = e.words || this.labels.failed; }
      this.busy = false;
    },
    tabKey(event) {
      if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
      this.choose(this.tab === 'pictures' ? 'files' : 'pictures');
      this.$nextTick(() => this.$refs.tabs.querySelector('[aria-selected=true]').focus());
    },
  },
  template: `<div class="ys-gallery">
  <div ref="tabs" class="ys-gallery-tabs" role="tablist" @keydown="tabKey"><button v-for="t in ['pictures', 'files']" :id="'ys-tab-' + t" :key="t" type="button" role="tab" aria-controls="ys-gallery-panel" :aria-selected="tab === t ? 'true' : 'false'" :tabindex="tab === t ? 0 : -1" @click="choose(t)">{{ labels[t] }}</button></div>
  <div id="ys-gallery-panel" role="tabpanel" :aria-labelledby="'ys-tab-' + tab">
    <div v-if="shown && !shown.items.length" class="ys-empty"><img src="/static/img/xiaoqi.svg" alt=""><strong>{{ labels['no_' + tab] }}</strong><p>{{ labels['no_' + tab + '_more'] }}</p></div>
    <section v-for="month in months" :key="month.title"><h2>{{ month.title }}</h2>
      <ul v-if="tab === 'pictures'" class="ys-gallery-grid"><li v-for="one in month.items" :key="one.seq"><button type="button" :aria-label="labels.view_image + ' ' + one.sender.name" @click="viewing = one.seq"><img :src="one.image.thumb" :alt="labels.image_by + ' ' + one.sender.name" loading="lazy" decoding="async"></button></li></ul>
      <ul v-else class="ys-gallery-files ys-card"><li v-for="one in month.items" :key="one.seq"><a class="ys-file" :class="'is-' + one.file.kind" :href="one.file.url" :download="one.file.name" :aria-label="fill(labels.file_download, {name: one.file.name})">
        <span class="ys-file-kind" aria-hidden="true"><ys-icon name="description"/><b>{{ one.file.kind }}</b></span><span class="ys-file-what"><span class="ys-file-name">{{ one.file.name }}</span><small>{{ size(one.file.bytes) }} · {{ one.sender.name }} · {{ fullTime(one.at, labels.time) }}</small></span></a></li></ul></section>
    <p v-if="busy" class="ys-hint" role="status"><i class="ys-spin" aria-hidden="true"></i> {{ labels.loading }}</p>
    <p v-if="words" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p>
    <button v-if="shown && shown.before" type="button" class="ys-btn ys-btn-wide" :disabled="busy" @click="fetch(tab, shown.before)">{{ labels.more }}</button>
  </div>
  <ys-viewer v-if="viewing" :pictures="lists.pictures.items" :start="viewing" :labels="labels" @close="viewing = 0"/>
</div>`,
};
