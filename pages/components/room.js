import { Icon, act, capped, fill, fullTime, liveMixin, shortTime, tickMixin } from 'ys/base.js';
import { Bubble } from 'ys/bubble.js';
import { Composer } from 'ys/composer.js';
import { Forward } from 'ys/forward.js';
import { RoomLog, rows } from 'ys/log.js';
import { LogView } from 'ys/log_view.js';
import { OwnLinks } from 'ys/links.js';
import { OrderForm } from 'ys/order_form.js';
import { postingMixin } from 'ys/posting.js';
import { RulesSheet } from 'ys/rules_sheet.js';
import { About, Menu, MyName, NoticeBar, NoticeForm, Search } from 'ys/room_panels.js';
import { Viewer } from 'ys/viewer.js';
import { WhoCard } from 'ys/who.js';

const AHEAD = 3000; // px before an end of what is in memory at which more is fetched
const RECALL = 2 * 60e3;
const HERD = 2000; // ms within which pages ask again after news that went to all of them
const RETRY = 3e3; // ms after which history that could not be fetched is asked for again

export default {
  components: { YsIcon: Icon, YsBubble: Bubble, YsLogView: LogView, YsComposer: Composer, YsMenu: Menu, YsSearch: Search, YsAbout: About, YsMyName: MyName, YsNoticeBar: NoticeBar, YsNoticeForm: NoticeForm, YsForward: Forward, YsViewer: Viewer, YsWho: WhoCard, YsRules: RulesSheet, YsOrderForm: OrderForm },
  mixins: [liveMixin, tickMixin, postingMixin],
  props: { room: Object, me: Object, messages: Array, first_unread: Number, last_seq: Number, last_n: Number, has_more: Boolean, back: String, labels: Object },
  provide() {
    const ask = (name, args, options) => act(this, name, args, options);
    return { act: ask, meId: this.me.id, links: new OwnLinks((args) => ask('links', args)) };
  },
  data() {
    return {
      r: { ...this.room }, my: { ...this.me }, log: new RoomLog(this.messages, this.last_seq, this.has_more), lastN: this.last_n || 0, seenN: this.last_n || 0, divider: this.first_unread || 0,
      above: 0, stuck: true, quoting: null, flashing: 0, menu: null, panel: '', whose: null, forwarding: null, viewing: 0, mentioned: 0, loadingOld: false, loadingNew: false, thinking: false, toast: '', rewrites: {}, ordering: null,
    };
  },
  computed: {
    rows() { return rows(this.log.items, this.pending.map((p) => p.m), this.divider); },
    states() { return Object.fromEntries(this.pending.map((p) => [p.m.client_id, p])); },
    fresh() { return Math.max(0, this.lastN - this.seenN); },
    pictures() { return this.log.items.filter((m) => m.kind === 'image' && !m.recalled && m.image); },
    menuItems() {
      const m = this.menu && this.menu.m;
      if (!m) return [];
      const L = this.labels;
      const items = [];
      if (m.body) items.push({ name: 'copy', icon: 'content_copy', label: L.copy });
      if (m.seq && this.r.can_post) items.push({ name: 'quote', icon: 'format_quote', label: L.quote });
      if (m.seq && this.r.kind !== 'assistant') items.push({ name: 'forward', icon: 'forward', label: L.forward });
      if (!this.isMine(m) && this.r.can_post && this.r.kind !== 'assistant') items.push({ name: 'at', icon: 'alternate_email', label: L.at_person });
      if (this.canRecall(m)) items.push({ name: 'recall', icon: 'undo', label: L.recall });
      if (m.seq && !this.isMine(m) && !m.sender.bot && this.r.kind !== 'assistant') {
        items.push({ name: 'report', icon: 'flag', label: L.order.report });
        if (this.r.can_moderate) items.push({ name: 'moderate', icon: 'gavel', label: L.order.handle });
      }
      for (const extra of this.r.message_acts || []) if (m.seq && !(extra.others && this.isMine(m))) items.push(extra);
      return items;
    },
  },
  created() {
    this.lastRead = this.divider ? this.divider - 1 : this.log.last;
    if (this.divider) {
      const first = this.log.items.find((m) => m.seq >= this.divider);
      if (first && this.log.lo <= this.divider) this.seenN = this.numberBefore(first);
      else this.above = this.r.unread || 0;
    }
  },
  mounted() {
    this.listen(`room:${this.r.id}`, (frame) => this.frame(frame));
    this.listen(`member:${this.me.id}`, (frame) => {
      if (frame.k === 'acked' && frame.room === this.r.id && this.r.notice && this.r.notice.seq === frame.seq) this.r.notice.acked = true;
      if (frame.k === 'standing' && frame.room === this.r.id) this.restand();
    });
    this.onConnect(({ first }) => { this.sync(); if (!first) this.restand(); });
    this.onShow = () => { if (document.visibilityState === 'visible') { this.sync(); this.seen(); } };
    document.addEventListener('visibilitychange', this.onShow);
    window.addEventListener('pagehide', this.seen); // who looks and leaves at once has looked
    if (this.divider) this.$refs.log.reveal((row) => row.type === 'unread', 56);
    this.later();
  },
  beforeUnmount() {
    document.removeEventListener('visibilitychange', this.onShow);
    window.removeEventListener('pagehide', this.seen);
    [this.seeTimer, this.againTimer, this.flashTimer, this.botTimer, this.toastTimer, this.pinning].forEach(clearTimeout);
  },
  methods: {
    capped, fill, fullTime, shortTime,
    act(name, args) { return act(this, name, args); },
    isMine(m) { return !!m.sender && m.sender.id === this.me.id; },
    numberBefore(m) { return m.n ? m.n - 1 : Math.max(0, this.lastN - this.log.items.filter((one) => one.seq >= m.seq).length); },
    canRecall(m) { return !!m.seq && (m.can_recall || (this.isMine(m) && Date.now() - new Date(m.at) < RECALL)) && !m.recalled; },

    // what comes in
    frame(frame) {
      if (frame.k === 'message') this.arrived(frame);
      else if (frame.k === 'room') {
        const { t, k, ...patch } = frame;
        Object.assign(this.r, patch);
        if (patch.count && this.r.notice) this.r.notice.total = patch.count;
      } else if (frame.k === 'update' && this.log.covers(frame.m.seq)) this.log.take([frame.m]);
      else if (frame.k === 'notice' && this.r.notice && this.r.notice.seq === frame.seq) this.r.notice.ack_count = frame.ack_count;
      else if (frame.k === 'repin') this.repin(frame.seq);
      else if (frame.k === 'standing') this.restand();
      else if (frame.k === 'named') this.named(frame.id, frame.name);
    },
    /** Somebody, maybe I, goes by another name in this room from now on. */
    named(id, name) {
      this.log.rename(id, name);
      if (id === this.me.id) this.my.name = name;
      if (this.r.notice && this.r.notice.by_id === id) this.r.notice.by = name;
      if (this.quoting && this.quoting.sender_id === id) this.quoting.name = name;
      if (this.$refs.about) this.$refs.about.renamed(id, name);
    },
    /** What I may do here has changed: muted or so no more, another mode, a message of mine reviewed. */
    async restand() {
      if (this.r.kind === 'assistant') return;
      try { Object.assign(this.r, await this.act('standing', {})); this.keepHeld(this.r.held); } catch (e) { /* the next connection asks again */ }
    },
    /** Another notice is pinned: its text is in the log, or is fetched from it. */
    async repin(seq) {
      if (!seq || (this.r.notice && this.r.notice.seq === seq)) {
        if (!seq) this.r.notice = null;
        return;
      }
      try {
        const m = this.log.find(seq) || (await this.act('around', { seq })).messages.find((one) => one.seq === seq);
        if (m) this.r.notice = { seq, body: m.body, by: m.sender.name, by_id: m.sender.id, at: m.at, must_ack: m.must_ack !== false, acked: this.isMine(m), ack_count: 0, total: this.r.count, list_href: this.r.receipts_href && `${this.r.receipts_href}/${seq}` };
        if (seq < this.log.last) { // pinned once more: some have said 收到 under it already, maybe I did
          clearTimeout(this.pinning);
          this.pinning = setTimeout(() => this.countPinned(seq), Math.random() * HERD);
        }
      } catch (e) {
        // It will be there when the page is opened next.
      }
    },
    async countPinned(seq) {
      try {
        const { notice } = await this.act('pinned', {});
        if (notice && notice.seq === seq && this.r.notice && this.r.notice.seq === seq) Object.assign(this.r.notice, { acked: notice.acked, ack_count: notice.ack_count });
      } catch (e) { /* what is shown stays */ }
    },
    arrived({ m, last_seq: lastSeq, last_n: lastN }) {
      const mine = this.isMine(m);
      const before = this.log.last;
      if (m.kind === 'recall' && this.r.notice && this.r.notice.seq === m.target) this.r.notice = null;
      const state = this.log.arrive(m);
      if (lastSeq) this.log.last = Math.max(this.log.last, lastSeq);
      this.lastN = Math.max(this.lastN, lastN || m.n || (m.seq > before && m.kind !== 'recall' ? this.lastN + 1 : 0));
      if (m.client_id) this.settle(m.client_id);
      if (state === 'gap') this.sync();
      if (m.seq > before && m.kind === 'answer') this.thinking = false;
      if (m.seq > before && !mine && !this.stuck && (m.mentions || []).some((one) => one === this.me.id || one === 0)) this.mentioned = m.seq;
      if (state !== 'new') return;
      if (mine && this.fresh === 1) this.seenN = this.lastN;
      if (!this.stuck) return;
      this.log.trim('old');
      this.later();
    },
    async sync() {
      if (this.syncing) {
        this.again = true;
        return;
      }
      this.syncing = true;
      try {
        do {
          this.again = false;
          const data = await this.act('sync', { after: this.log.atEnd ? this.log.hi : this.log.last });
          const wasAtEnd = this.log.atEnd;
          if (data.more) {
            this.log.last = Math.max(this.log.last, data.last_seq || 0, this.log.hi + 1);
            if (this.stuck) await this.latest();
          } else {
            if (wasAtEnd) this.log.take(data.messages);
            this.log.last = Math.max(this.log.last, data.last_seq || 0);
            if (wasAtEnd) this.log.hi = Math.max(this.log.hi, data.last_seq || 0);
            (data.messages || []).forEach((m) => m.client_id && this.settle(m.client_id));
          }
          this.lastN = Math.max(this.lastN, data.last_n || 0, ...(data.messages || []).map((m) => m.n || 0));
          if (data.room) Object.assign(this.r, data.room);
        } while (this.again);
        if (this.stuck) this.later();
      } catch (e) {
        // The next connection asks again; nothing on the screen is wrong meanwhile.
      } finally {
        this.syncing = false;
      }
    },
    /** Show the newest page of the log. */
    async latest() {
      const data = await this.act('history', { before: null });
      this.log.reset(data.messages, data.has_more);
      this.log.last = Math.max(data.last_seq || 0, this.log.hi);
      this.log.hi = this.log.last;
      this.log.items.forEach((m) => m.client_id && this.settle(m.client_id));
    },

    // moving through it
    moved({ above, below }) {
      this.ends = { above, below };
      if (above < AHEAD && this.log.hasMore) this.older();
      if (below < AHEAD && !this.log.atEnd) this.newer();
      this.later();
    },
    /** At an end that could not be fetched nothing moves any more and no finger asks again, so we do. */
    askAgain() {
      clearTimeout(this.againTimer);
      this.againTimer = setTimeout(() => { if (this.ends && !this.gone) this.moved(this.ends); }, RETRY);
    },
    later() { clearTimeout(this.seeTimer); this.seeTimer = setTimeout(this.seen, 250); },
    seen() {
      if (!this.$refs.log || document.visibilityState !== 'visible') return;
      const last = this.stuck ? this.log.hi : this.$refs.log.lastSeen();
      if (!last) return;
      const m = this.log.find(last);
      this.seenN = Math.max(this.seenN, this.stuck ? this.lastN : m ? this.numberBefore(m) + 1 : 0);
      if (this.mentioned && this.mentioned <= last) this.mentioned = 0;
      if (this.stuck) this.above = 0;
      if (last <= this.lastRead) return;
      this.lastRead = last;
      this.act('read', { seq: last }).catch(() => {});
      document.dispatchEvent(new CustomEvent('ys:read', { detail: { room: this.r.id, seq: last } }));
    },
    async toEnd() {
      this.mentioned = 0;
      if (!this.log.atEnd) {
        try { await this.latest(); } catch (e) { this.tell(e.words || this.labels.failed); return; }
      }
      await this.$nextTick();
      this.$refs.log.toEnd();
      this.later();
    },
    async older() {
      if (this.loadingOld || !this.log.hasMore) return;
      this.loadingOld = true;
      try {
        const data = await this.act('history', { before: this.log.lo });
        this.log.take(data.messages);
        this.log.hasMore = !!data.has_more && data.messages.length > 0;
        this.log.trim('new');
      } catch (e) {
        this.tell(e.words || this.labels.failed);
        this.askAgain();
      }
      this.loadingOld = false;
    },
    async newer() {
      if (this.loadingNew || this.log.atEnd) return;
      this.loadingNew = true;
      try {
        const data = await this.act('sync', { after: this.log.hi, page: true });
        this.log.take(data.messages);
        this.log.last = Math.max(this.log.hi, data.last_seq || 0);
        if (!data.more) this.log.hi = this.log.last;
        this.log.trim('old');
      } catch (e) {
        this.tell(e.words || this.labels.failed);
        this.askAgain();
      }
      this.loadingNew = false;
    },
    async jump(seq) {
      this.panel = '';
      if (!this.log.find(seq)) {
        try {
          const data = await this.act('around', { seq });
          this.log.reset(data.messages, data.has_more);
          this.log.last = Math.max(this.log.last, data.last_seq || 0);
        } catch (e) {
          this.tell(e.words || this.labels.failed);
          return;
        }
      }
      await this.$nextTick();
      if (!(await this.$refs.log.reveal((row) => row.m && row.m.seq === seq))) return;
      this.flashing = seq;
      clearTimeout(this.flashTimer);
      this.flashTimer = setTimeout(() => { this.flashing = 0; }, 1800);
    },
    toUnread() { const seq = this.divider; this.above = 0; this.jump(seq); },

    // what one does with a message
    openMenu(menu) {
      this.menu = menu;
      if (!this.menuItems.length) this.menu = null;
    },
    async pick(name) {
      const { m } = this.menu;
      this.menu = null;
      if (name === 'copy') {
        try { await navigator.clipboard.writeText(m.body); this.tell(this.labels.copied); } catch (e) { this.tell(this.labels.failed); }
      } else if (name === 'quote') {
        this.quoting = { seq: m.seq, sender_id: m.sender.id, name: m.sender.name, text: (m.body || this.labels.picture).slice(0, 80) };
        this.$refs.composer.focus();
      } else if (name === 'at') this.$refs.composer.mention(m.sender);
      else if (name === 'forward') this.forwarding = m;
      else if (name === 'report' || name === 'moderate') this.ordering = { m, deed: name };
      else if (name === 'recall') {
        const body = m.body;
        try {
          await this.act('recall', { seq: m.seq });
          m.recalled = true;
          if (body && m.kind === 'text') this.rewrites[m.seq] = body;
        } catch (e) {
          this.tell(e.words || this.labels.failed);
        }
      } else {
        try {
          const data = (await this.act(name, { seq: m.seq })) || {};
          if (data.href) window.location.assign(data.href);
          else this.tell(data.words || this.labels.done);
        } catch (e) {
          this.tell(e.words || this.labels.failed);
        }
      }
    },
    rewrite(m) { this.$refs.composer.write(this.rewrites[m.seq]); },
    mention(person) {
      this.panel = '';
      this.whose = null;
      if (this.r.can_post && person.id !== this.me.id && this.r.kind !== 'assistant') this.$refs.composer.mention(person);
    },
    acked(data) { Object.assign(this.r.notice, { ack_count: (this.r.notice.ack_count || 0) + 1 }, data, { acked: true }); },
    expectBot() {
      this.thinking = true;
      clearTimeout(this.botTimer);
      this.botTimer = setTimeout(() => { this.thinking = false; }, 15e3);
    },
    tell(words) {
      this.toast = words;
      clearTimeout(this.toastTimer);
      this.toastTimer = setTimeout(() => { this.toast = ''; }, 2600);
    },
  },
  template: `
<section class="ys-room" :aria-label="r.title">
  <header class="ys-room-head">
    <a class="ys-icon-btn ys-room-back" :href="back || '/messages'" :aria-label="labels.back"><ys-icon name="chevron_left"/></a>
    <h1><span class="ys-room-title">{{ r.title }}</span><span v-if="r.count && r.kind !== 'assistant'" class="ys-room-count">({{ r.count }})</span><span v-if="r.kind === 'assistant'" class="ys-tag ys-tag-green">{{ labels.bot }}</span><span v-if="r.mode && r.mode_words" class="ys-tag ys-tag-amber">{{ r.mode_words }}</span><ys-icon v-if="r.muted" name="notifications_off"/></h1>
    <button type="button" class="ys-icon-btn" :aria-label="labels.search" @click="panel = 'search'"><ys-icon name="search"/></button>
    <button v-if="r.kind !== 'assistant'" type="button" class="ys-icon-btn" :aria-label="labels.about" @click="panel = 'about'"><ys-icon name="more_horiz"/></button>
  </header>
  <ys-notice-bar v-if="r.notice" :key="r.notice.seq" :notice="r.notice" :labels="labels" @done="acked"/>
  <div class="ys-room-body">
    <ys-log-view ref="log" :rows="rows" :at-end="log.atEnd" :label="labels.messages" @follows="stuck = $event" @moved="moved">
      <template #before>
        <p v-if="log.items.length" class="ys-middle ys-oldest"><template v-if="!log.hasMore">{{ labels.beginning }}</template><template v-else-if="loadingOld"><i class="ys-spin" aria-hidden="true"></i> {{ labels.loading }}</template></p>
        <div v-if="!rows.length" class="ys-empty"><img src="/static/img/xiaoqi.svg" alt=""><strong>{{ r.kind === 'assistant' ? labels.empty_bot : labels.empty }}</strong><p>{{ r.kind === 'assistant' ? labels.empty_bot_more : labels.empty_more }}</p>
          <div v-if="r.starters && r.starters.length" class="ys-chips"><button v-for="s in r.starters" :key="s" type="button" class="ys-chip-btn" @click="say({body: s, mentions: []})">{{ s }}</button></div></div>
      </template>
      <template #default="{ row }">
        <p v-if="row.type === 'time'" class="ys-middle"><time :datetime="row.at">{{ fullTime(row.at, labels.time, now) }}</time></p>
        <p v-else-if="row.type === 'unread'" class="ys-unread"><span>{{ labels.unread_from_here }}</span></p>
        <p v-else-if="row.type === 'recalled'" class="ys-middle" :data-seq="row.m.seq">{{ row.m.struck ? (isMine(row.m) ? labels.order.struck_mine : labels.order.struck) : isMine(row.m) ? labels.recalled_mine : fill(labels.recalled_by, {name: row.m.sender.name}) }} <button v-if="rewrites[row.m.seq]" type="button" class="ys-text-btn" @click="rewrite(row.m)">{{ labels.rewrite }}</button><a v-if="row.m.struck && isMine(row.m)" class="ys-text-btn" href="/me/order">{{ labels.order.see_why }}</a></p>
        <p v-else-if="row.type === 'system'" class="ys-middle" :data-seq="row.m.seq">{{ row.m.body }}</p>
        <ys-bubble v-else :m="row.m" :head="row.head" :mine="isMine(row.m)" :direct="r.kind === 'assistant'" :status="states[row.m.client_id] ? states[row.m.client_id].status : ''" :problem="states[row.m.client_id] ? states[row.m.client_id].problem : ''" :blocked="states[row.m.client_id] ? states[row.m.client_id].blocked : false" :labels="labels" :flash="flashing === row.m.seq"
          @menu="openMenu" @quote="jump" @view="viewing = $event.seq" @resend="resend" @edit="editBlocked" @drop="drop" @who="whose = $event"/>
      </template>
      <template #after>
        <p v-if="thinking" class="ys-thinking" role="status"><img src="/static/img/xiaoqi.svg" alt="">{{ labels.thinking }}<i></i><i></i><i></i></p>
      </template>
    </ys-log-view>
    <button v-if="above" type="button" class="ys-jump is-above" @click="toUnread"><ys-icon name="expand_less"/>{{ fill(labels.new_messages, {n: capped(above)}) }}</button>
    <button v-if="mentioned" type="button" class="ys-jump is-at" @click="jump(mentioned)"><ys-icon name="alternate_email"/>{{ labels.mentioned }}</button>
    <button v-else-if="!stuck && fresh" type="button" class="ys-jump" @click="toEnd"><ys-icon name="expand_more"/>{{ fill(labels.new_messages, {n: capped(fresh)}) }}</button>
    <button v-else-if="!stuck" type="button" class="ys-jump is-round" :aria-label="labels.to_end" @click="toEnd"><ys-icon name="expand_more"/></button>
  </div>
  <ys-composer ref="composer" :room="r" :labels="labels" :draft-key="'room:' + r.id" :quote="quoting" @send="say" @pictures="sendPictures" @files="sendFiles" @unquote="quoting = null" @notice="panel = 'notice'"/>
  <ys-menu v-if="menu" :box="menu.box" :items="menuItems" :label="labels.more" @pick="pick" @close="menu = null"/>
  <ys-search v-if="panel === 'search'" :labels="labels" @close="panel = ''" @jump="jump"/>
  <ys-about v-if="panel === 'about'" ref="about" :room="r" :me="my" :labels="labels" @close="panel = ''" @name="panel = 'name'" @patch="Object.assign(r, $event)" @mention="mention"/>
  <ys-my-name v-if="panel === 'name'" :me="my" :labels="labels" @close="panel = 'about'" @done="named(me.id, $event); panel = 'about'; tell(labels.my_name_saved)"/>
  <ys-who v-if="whose" :person="whose" :room="r" :me="me" :labels="labels" @close="whose = null" @mention="mention"/>
  <ys-notice-form v-if="panel === 'notice'" :labels="labels" :draft-key="'notice:' + r.id" @close="panel = ''"/>
  <ys-order-form v-if="ordering" :m="ordering.m" :deed="ordering.deed" :labels="labels" @close="ordering = null" @done="ordering = null; tell($event)"/>
  <ys-forward v-if="forwarding" :m="forwarding" :labels="labels" @close="forwarding = null" @done="forwarding = null; tell(fill(labels.forwarded_into, {room: $event.title}))"/>
  <ys-viewer v-if="viewing" :pictures="pictures" :start="viewing" :labels="labels" @close="viewing = 0" @first="older"/>
  <ys-rules v-if="r.rules_due" :rules="r.about" :labels="labels" @close="r.rules_due = false"/>
  <div v-if="toast" class="ys-toast" role="status">{{ toast }}</div>
</section>`,
};
