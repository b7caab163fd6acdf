// What opens over a conversation: menu of one message, search, members and settings, notice.
import { Avatar, Icon, Sheet, fill, fullTime, shortTime } from 'ys/base.js';

export const Menu = {
  name: 'YsMenu',
  components: { YsIcon: Icon },
  props: { box: Object, items: Array, label: String },
  emits: ['pick', 'close'],
  data() { return { place: { visibility: 'hidden' } }; },
  mounted() {
    const el = this.$refs.menu;
    const space = window.visualViewport ? window.visualViewport.height : window.innerHeight;
    const above = this.box.top - el.offsetHeight - 10;
    const top = above > 56 ? above : Math.min(Math.max(this.box.bottom, 60) + 10, space - el.offsetHeight - 10);
    const middle = this.box.left + this.box.width / 2 - el.offsetWidth / 2;
    this.place = { top: `${top}px`, left: `${Math.max(8, Math.min(middle, window.innerWidth - el.offsetWidth - 8))}px` };
    this.back = document.activeElement;
    this.$nextTick(() => el.querySelector('button')?.focus({ preventScroll: true }));
  },
  beforeUnmount() { if (this.back && this.back.focus) this.back.focus({ preventScroll: true }); },
  methods: {
    key(event) {
      if (event.key === 'Escape' || event.key === 'Tab') {
        event.preventDefault();
        this.$emit('close');
        return;
      }
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const all = [...this.$refs.menu.querySelectorAll('button')];
      all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
    },
  },
  template: `<div class="ys-menu-back" @pointerdown.self.prevent="$emit('close')" @contextmenu.prevent="$emit('close')"><div ref="menu" class="ys-menu" role="menu" :aria-label="label" :style="place" @keydown="key">
    <button v-for="i in items" :key="i.name" type="button" role="menuitem" @click="$emit('pick', i.name)"><ys-icon :name="i.icon"/>{{ i.label }}</button></div></div>`,
};

export const Search = {
  name: 'YsRoomSearch',
  components: { YsSheet: Sheet, YsIcon: Icon, YsAvatar: Avatar },
  props: { labels: Object },
  inject: ['act'],
  emits: ['close', 'jump'],
  data() { return { q: '', found: null, busy: false, words: '', now: Date.now() }; },
  mounted() { this.$nextTick(() => this.$refs.q.focus()); },
  beforeUnmount() { clearTimeout(this.timer); },
  methods: {
    fill, shortTime,
    type() {
      clearTimeout(this.timer);
      this.words = '';
      if ([...this.q.trim()].length < 2) {
        this.found = null;
        return;
      }
      this.timer = setTimeout(this.look, 250);
    },
    async look() {
      const q = this.q.trim();
      this.busy = true;
      try {
        const data = await this.act('search', { q });
        if (q === this.q.trim()) this.found = data.results || [];
      } catch (e) {
        this.words = e.words || this.labels.failed;
      }
      this.busy = false;
    },
    pieces(text) {
      const q = this.q.trim();
      const at = text.toLowerCase().indexOf(q.toLowerCase());
      if (at < 0) return [text, '', ''];
      const from = at > 24 ? at - 12 : 0;
      return [(from ? '…' : '') + text.slice(from, at), text.slice(at, at + q.length), text.slice(at + q.length)];
    },
  },
  template: `<ys-sheet class="ys-search" :title="labels.search" :close-label="labels.close" @close="$emit('close')">
    <form role="search" @submit.prevent="look"><input ref="q" v-model="q" class="ys-input" type="search" enterkeyhint="search" :placeholder="labels.search_hint" :aria-label="labels.search" @input="type"></form>
    <p v-if="words" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p>
    <p class="ys-hint" role="status"><template v-if="busy">{{ labels.searching }}</template><template v-else-if="found && found.length">{{ fill(labels.found, {n: found.length}) }}</template><template v-else-if="found">{{ fill(labels.found_none, {q: q.trim()}) }}</template><template v-else>{{ labels.search_two }}</template></p>
    <ul v-if="found && found.length" class="ys-results"><li v-for="r in found" :key="r.seq"><button type="button" @click="$emit('jump', r.seq)"><ys-avatar :name="r.name" :bot="!!r.bot"/><span class="ys-result-main"><span class="ys-result-top"><span>{{ r.name }}</span><time>{{ shortTime(r.at, labels.time, now) }}</time></span><span class="ys-result-text">{{ pieces(r.text)[0] }}<mark>{{ pieces(r.text)[1] }}</mark>{{ pieces(r.text)[2] }}</span></span></button></li></ul>
  </ys-sheet>`,
};

export const About = {
  name: 'YsRoomAbout',
  components: { YsSheet: Sheet, YsIcon: Icon, YsAvatar: Avatar },
  props: { room: Object, me: Object, labels: Object },
  inject: ['act'],
  emits: ['close', 'patch', 'mention', 'name'],
  data() { return { people: null, total: this.room.count, q: '', words: '' }; },
  mounted() { this.load(); },
  beforeUnmount() { clearTimeout(this.timer); },
  methods: {
    fill,
    async load() {
      try {
        const data = await this.act('members', { q: this.q.trim(), limit: 60 });
        this.people = data.members || [];
        if (!this.q.trim() && data.total != null) this.total = data.total;
      } catch (e) {
        this.words = e.words || this.labels.failed;
        this.people = this.people || [];
      }
    },
    type() { clearTimeout(this.timer); this.timer = setTimeout(this.load, 200); },
    renamed(id, name) { (this.people || []).forEach((one) => { if (one.id === id) one.name = name; }); },
    async flip(name) {
      const key = name === 'mute' ? 'muted' : 'pinned';
      const on = !this.room[key];
      this.words = '';
      this.$emit('patch', { [key]: on });
      try {
        await this.act(name, { on });
      } catch (e) {
        this.$emit('patch', { [key]: !on });
        this.words = e.words || this.labels.failed;
      }
    },
  },
  template: `<ys-sheet class="ys-about" :title="room.title" :close-label="labels.close" @close="$emit('close')">
    <p v-if="room.about" class="ys-about-text">{{ room.about }}</p>
    <div class="ys-switches">
      <button type="button" role="switch" class="ys-switch" :aria-checked="room.pinned ? 'true' : 'false'" @click="flip('pin')"><ys-icon name="push_pin"/><span>{{ labels.pin }}</span><i aria-hidden="true"></i></button>
      <button type="button" role="switch" class="ys-switch" :aria-checked="room.muted ? 'true' : 'false'" @click="flip('mute')"><ys-icon name="notifications_off"/><span>{{ labels.mute }}<small>{{ labels.mute_hint }}</small></span><i aria-hidden="true"></i></button>
      <button type="button" class="ys-switch" @click="$emit('name')"><ys-icon name="edit"/><span>{{ labels.my_name }}<small>{{ me.name }}</small></span><ys-icon name="chevron_right"/></button>
      <a v-if="room.gallery_href" class="ys-switch" :href="room.gallery_href"><ys-icon name="image"/><span>{{ labels.gallery }}</span><ys-icon name="chevron_right"/></a>
      <a v-if="room.log_href" class="ys-switch" :href="room.log_href"><ys-icon name="visibility"/><span>{{ labels.order.log }}<small>{{ labels.order.log_hint }}</small></span><ys-icon name="chevron_right"/></a>
      <a v-if="room.can_moderate" class="ys-switch" :href="'/staff/rooms/' + room.id"><ys-icon name="tune"/><span>{{ labels.order.manage }}</span><ys-icon name="chevron_right"/></a>
      <a v-if="room.invite_href" class="ys-switch" :href="room.invite_href"><ys-icon name="qr_code"/><span>{{ labels.invite }}</span><ys-icon name="chevron_right"/></a>
    </div>
    <p v-if="words" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p>
    <h3>{{ fill(labels.members, {n: total}) }}</h3>
    <input v-if="total > 12" v-model="q" class="ys-input" type="search" :placeholder="labels.find_person" :aria-label="labels.find_person" @input="type">
    <ul v-if="people" class="ys-members"><li v-for="p in people" :key="p.id"><button type="button" @click="$emit('mention', p)"><ys-avatar :name="p.name" :bot="!!p.bot"/><span>{{ p.name }}</span><span v-if="p.bot" class="ys-tag ys-tag-green">{{ labels.bot }}</span><span v-else-if="p.badge" class="ys-tag ys-tag-red">{{ p.badge }}</span></button></li></ul>
    <div v-else class="ys-members" aria-hidden="true"><div v-for="i in 4" :key="i" class="ys-skeleton" style="height: 2.5rem; margin: .4rem 0"></div></div>
  </ys-sheet>`,
};

/** 我在本群的昵称: one field, the proposal 楼栋-姓名, and the way back to the name of the account. */
export const MyName = {
  name: 'YsMyName',
  components: { YsSheet: Sheet, YsIcon: Icon },
  props: { me: Object, labels: Object },
  inject: ['act'],
  emits: ['close', 'done'],
  data() { return { name: this.me.name, known: null, busy: false, words: '' }; },
  computed: {
    proposed() { return this.known && this.known.proposed !== this.name && this.known.proposed !== this.known.account && this.known.proposed; },
    account() { return this.known && this.known.account !== this.name && this.known.account; },
  },
  async mounted() {
    this.$nextTick(() => this.$refs.field.focus());
    try { this.known = await this.act('my_name', {}); } catch (e) { /* only the proposals are missing */ }
  },
  methods: {
    fill,
    take(name) { this.name = name; this.words = ''; this.$refs.field.focus(); },
    async save() {
      if (this.busy) return;
      this.busy = true;
      this.words = '';
      try {
        const { name } = await this.act('call_me', { name: this.name.trim() });
        this.$emit('done', name);
      } catch (e) {
        this.words = e.words || this.labels.failed;
        this.$refs.field.focus();
      }
      this.busy = false;
    },
  },
  template: `<ys-sheet class="ys-my-name" :title="labels.my_name" :close-label="labels.close" @close="$emit('close')"><form novalidate @submit.prevent="save">
    <label class="ys-field"><span class="ys-label">{{ labels.my_name_here }}</span><input ref="field" v-model="name" class="ys-input" autocomplete="off" enterkeyhint="done" maxlength="30" :aria-invalid="words ? 'true' : null" aria-describedby="ys-my-name-error ys-my-name-hint" @input="words = ''"></label>
    <p v-if="words" id="ys-my-name-error" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p>
    <p id="ys-my-name-hint" class="ys-hint">{{ labels.my_name_hint }}</p>
    <button v-if="proposed" type="button" class="ys-chip-btn" @click="take(proposed)">{{ fill(labels.my_name_use, {name: proposed}) }}</button>
    <button v-if="account" type="button" class="ys-chip-btn" @click="take(account)">{{ fill(labels.my_name_back, {name: account}) }}</button>
    <button type="submit" class="ys-btn ys-btn-main ys-btn-wide" :disabled="busy">{{ labels.save }}</button>
    <a class="ys-text-btn" href="/me">{{ labels.my_name_everywhere }}</a></form></ys-sheet>`,
};

export const NoticeForm = {
  name: 'YsNoticeForm',
  components: { YsSheet: Sheet, YsIcon: Icon },
  props: { labels: Object, draftKey: String },
  inject: ['act'],
  emits: ['close'],
  data() { return { body: (window.YS && YS.draft && YS.draft.get(this.draftKey)) || '', must: true, busy: false, words: '' }; },
  watch: { body(text) { if (window.YS && YS.draft) YS.draft.set(this.draftKey, text); } },
  methods: {
    async send() {
      if (!this.body.trim()) {
        this.words = this.labels.notice_empty;
        return;
      }
      this.busy = true;
      this.words = '';
      try {
        await this.act('notice', { body: this.body.trim(), must_ack: this.must });
        if (window.YS && YS.draft) YS.draft.clear(this.draftKey);
        this.$emit('close');
      } catch (e) {
        this.words = e.words || this.labels.failed;
      }
      this.busy = false;
    },
  },
  template: `<ys-sheet :title="labels.notice_new" :close-label="labels.close" @close="$emit('close')"><form @submit.prevent="send">
    <label class="ys-field"><span class="ys-label">{{ labels.notice_text }}</span><textarea v-model="body" class="ys-input" rows="6" maxlength="1000" :aria-invalid="words ? 'true' : 'false'" aria-describedby="ys-notice-error"></textarea></label>
    <p v-if="words" id="ys-notice-error" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p>
    <button type="button" role="switch" class="ys-switch" :aria-checked="must ? 'true' : 'false'" @click="must = !must"><ys-icon name="check_circle"/><span>{{ labels.notice_must }}</span><i aria-hidden="true"></i></button>
    <button type="submit" class="ys-btn ys-btn-main ys-btn-wide" :disabled="busy">{{ labels.notice_send }}</button></form></ys-sheet>`,
};

/** Pinned notice: one line, opens to the whole text, 收到 where it is asked for. */
export const NoticeBar = {
  name: 'YsNoticeBar',
  components: { YsIcon: Icon },
  props: { notice: Object, labels: Object },
  inject: ['act'],
  emits: ['done'],
  data() { return { open: false, busy: false, words: '' }; },
  methods: {
    fill, fullTime,
    async got() {
      this.busy = true;
      this.words = '';
      try {
        const data = await this.act('ack', { seq: this.notice.seq });
        this.$emit('done', data || {});
      } catch (e) {
        this.words = e.words || this.labels.failed;
      }
      this.busy = false;
    },
  },
  template: `<section class="ys-notice-bar" :class="{'is-open': open}" :aria-label="labels.notice">
    <button type="button" class="ys-notice-head" :aria-expanded="open ? 'true' : 'false'" @click="open = !open"><ys-icon name="campaign"/><span class="ys-notice-line">{{ notice.body }}</span><span v-if="notice.must_ack && !notice.acked" class="ys-tag ys-tag-red">{{ labels.to_ack }}</span><ys-icon :name="open ? 'expand_less' : 'expand_more'"/></button>
    <div v-if="open" class="ys-notice-open"><p class="ys-notice-body">{{ notice.body }}</p><p class="ys-hint">{{ notice.by }} · {{ fullTime(notice.at, labels.time) }}<template v-if="notice.must_ack"> · {{ fill(labels.acked_count, {n: notice.ack_count || 0, total: notice.total || 0}) }}</template></p></div>
    <div v-if="open && notice.must_ack" class="ys-notice-acts"><span v-if="notice.acked" class="ys-thanks" role="status"><ys-icon name="check_circle"/>{{ labels.acked }}</span><button v-else type="button" class="ys-btn ys-btn-main" :disabled="busy" @click="got">{{ labels.ack }}</button><a v-if="notice.list_href" class="ys-btn" :href="notice.list_href">{{ labels.ack_list }}</a></div>
    <p v-if="words" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p></section>`,
};
