import { Avatar, Icon, capped, fill, liveMixin, shortTime, tickMixin } from 'ys/base.js';
import { act, hue } from 'ys/base.js';

const HERD = 2000; // ms within which pages ask again after news that went to all of them
const FIRST = 60; // rooms drawn at once; more come while scrolling

export default {
  components: { YsAvatar: Avatar, YsIcon: Icon },
  mixins: [liveMixin, tickMixin],
  props: { rooms: Array, me: Object, current: Number, aside: Boolean, title: String, topic: String, labels: Object },
  data() {
    return { list: this.rooms.map((room) => ({ ...room })), q: '', shown: FIRST, drafts: {} };
  },
  computed: {
    sorted() {
      const words = this.q.trim().toLowerCase();
      const found = words ? this.list.filter((r) => `${r.title} ${r.last_text || ''}`.toLowerCase().includes(words)) : this.list;
      const time = (r) => (r.last_at ? new Date(r.last_at).getTime() : 0);
      return [...found].sort((a, b) => Number(!!b.pinned) - Number(!!a.pinned) || time(b) - time(a) || b.id - a.id);
    },
    visible() { return this.sorted.slice(0, this.shown); },
    total() { return this.list.reduce((sum, r) => sum + (r.muted ? 0 : r.unread || 0), 0); },
    dots() { return this.list.some((r) => r.muted && r.unread); },
  },
  watch: {
    total() { this.tell(); },
    dots() { this.tell(); },
  },
  mounted() {
    this.list.forEach((room) => this.listen(`room:${room.id}`, (frame) => this.frame(room.id, frame)));
    if (this.topic) this.listen(this.topic, (frame) => this.personal(frame));
    this.onConnect(() => this.sync());
    this.onShow = () => { if (document.visibilityState === 'visible') { this.readDrafts(); this.sync(); } };
    this.onRead = (event) => {
      const room = this.find(event.detail.room);
      if (room) Object.assign(room, { unread: 0, mentioned: false });
    };
    document.addEventListener('visibilitychange', this.onShow);
    document.addEventListener('ys:read', this.onRead);
    window.addEventListener('pageshow', this.onShow);
    this.tell();
    this.readDrafts();
    this.draftTimer = setInterval(this.readDrafts, 2500);
  },
  beforeUnmount() {
    document.removeEventListener('visibilitychange', this.onShow);
    document.removeEventListener('ys:read', this.onRead);
    window.removeEventListener('pageshow', this.onShow);
    clearInterval(this.draftTimer);
  },
  methods: {
    capped, fill, hue, shortTime,
    find(id) { return this.list.find((room) => room.id === id); },
    frame(id, frame) {
      const room = this.find(id);
      if (!room) return;
      if (frame.k === 'message') this.message(room, frame);
      else if (frame.k === 'named') {
        if ((room.last_text || '').startsWith(`${frame.was}: `)) room.last_text = frame.name + room.last_text.slice(frame.was.length);
      } else if (frame.k === 'room') {
        for (const key of ['title', 'count', 'muted', 'pinned']) if (key in frame) room[key] = frame[key];
      }
    },
    message(room, { m, last_seq: lastSeq, last_n: lastN }) {
      const seq = lastSeq || m.seq;
      if (seq <= (room.last_seq || 0)) return;
      room.last_seq = seq;
      if (m.kind === 'recall') this.recalled(room, m);
      if (lastN <= (room.last_n || 0)) return; // such entries change neither line nor number
      const mine = m.sender && m.sender.id === this.me.id;
      Object.assign(room, { last_n: lastN, last_at: m.at, last_message: m.seq, last_text: this.line(m) });
      if (mine || room.id === this.current) Object.assign(room, { unread: 0, mentioned: false });
      else {
        room.unread = (room.unread || 0) + 1;
        if ((m.mentions || []).some((one) => one === this.me.id || one === 0)) room.mentioned = true;
      }
    },
    recalled(room, m) {
      const theirs = m.sender && m.sender.bot; // 小栖 says it for a moderator: whose words they were, the server knows
      if (!room.last_message || (theirs && m.target === room.last_message)) setTimeout(() => this.sync(), Math.random() * HERD); // was it the last one?
      else if (m.target === room.last_message) room.last_text = `${m.sender.name}: ${this.labels.recalled}`;
    },
    /** As the server writes it (rooms/service.py, PREVIEW). */
    line(m) {
      const text = ({ image: this.labels.image, card: this.labels.card, notice: this.labels.notice }[m.kind] || '') + (m.body || '');
      return `${m.sender ? m.sender.name : ''}: ${[...text].slice(0, 40).join('')}`;
    },
    personal(frame) {
      if (frame.k === 'read') {
        const room = this.find(frame.room);
        if (!room) return;
        if (room.last_n > frame.n && room.id !== this.current) this.sync(); // not read to the end: was the one that named me among it?
        else Object.assign(room, { unread: 0, mentioned: false });
      } else if (frame.k === 'rooms') this.sync();
    },
    async sync() {
      try {
        const data = await act(this, 'rooms', {});
        if (!data || !data.rooms) return;
        const known = new Set(this.list.map((room) => room.id));
        data.rooms.filter((room) => !known.has(room.id)).forEach((room) => this.listen(`room:${room.id}`, (frame) => this.frame(room.id, frame)));
        this.list = data.rooms.map((room) => (room.id === this.current ? { ...room, unread: 0 } : room));
      } catch (e) {
        // What is on the screen stays; the next connection asks again.
      }
    },
    readDrafts() {
      if (!window.YS || !YS.draft) return;
      const drafts = {};
      this.list.forEach((room) => {
        const kept = room.id === this.current ? null : YS.draft.get(`room:${room.id}`);
        const body = kept && (typeof kept === 'string' ? kept : kept.body);
        if (body) drafts[room.id] = body;
      });
      this.drafts = drafts;
    },
    tell() { document.dispatchEvent(new CustomEvent('ys:unread', { detail: { tab: 'messages', n: this.total, dot: this.dots } })); },
    more(event) {
      const box = event.target;
      if (box.scrollHeight - box.scrollTop - box.clientHeight < 600 && this.shown < this.sorted.length) this.shown += FIRST;
    },
    badgeWords(room) { return fill(this.labels.unread, { n: room.unread }); },
  },
  template: `
<section class="ys-rooms" :class="{'is-aside': aside}" :aria-label="labels.rooms" @scroll.passive="more">
  <div class="ys-rooms-find" role="search"><ys-icon name="search"/><input v-model="q" type="search" :placeholder="labels.find" :aria-label="labels.find" @input="shown = 60"><button v-if="q" type="button" class="ys-icon-btn" :aria-label="labels.clear" @click="q = ''"><ys-icon name="close"/></button></div>
  <ul v-if="visible.length" class="ys-rooms-list">
    <li v-for="r in visible" :key="r.id"><a :href="r.href || '/rooms/' + r.id" class="ys-room-item" :class="{'is-pinned': r.pinned}" :aria-current="r.id === current ? 'page' : null">
      <span class="ys-room-face"><ys-avatar v-if="r.kind === 'assistant'" bot :name="r.title"/><span v-else class="ys-avatar ys-avatar-room" aria-hidden="true" :style="{background: hue(r.title)}"><ys-icon :name="r.icon || 'group'" fallback="group"/></span>
        <b v-if="r.unread && !r.muted" class="ys-badge-num" aria-hidden="true">{{ capped(r.unread) }}</b><b v-else-if="r.unread" class="ys-dot" aria-hidden="true"></b></span>
      <span class="ys-room-main"><span class="ys-room-top"><span class="ys-room-name">{{ r.title }}</span><span v-if="r.kind === 'assistant'" class="ys-tag ys-tag-green">{{ labels.bot }}</span><time v-if="r.last_at" :datetime="r.last_at">{{ shortTime(r.last_at, labels.time, now) }}</time></span>
        <span class="ys-room-last"><b v-if="r.mentioned && r.unread">{{ labels.mentioned }}</b><b v-if="drafts[r.id]">{{ labels.draft }}</b><span>{{ drafts[r.id] || r.last_text || labels.nothing }}</span><ys-icon v-if="r.muted" name="notifications_off"/></span>
        <span v-if="r.unread" class="ys-sr">{{ badgeWords(r) }}</span><span v-if="r.pinned" class="ys-sr">{{ labels.pinned }}</span></span></a></li>
  </ul>
  <div v-else-if="q" class="ys-empty"><strong>{{ fill(labels.none_found, {q}) }}</strong><p>{{ labels.none_found_more }}</p></div>
  <div v-else class="ys-empty"><img src="/static/img/xiaoqi.svg" alt=""><strong>{{ labels.empty }}</strong><p>{{ labels.empty_more }}</p><a class="ys-btn ys-btn-main" href="/join">{{ labels.join }}</a></div>
</section>`,
};
