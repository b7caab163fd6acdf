// One message: text, picture, notice, card or 小栖's answer. Text from people is only ever text.
import { h } from 'vue';
import { Avatar, Icon, fill, parts } from 'ys/base.js';
import { BallotView } from 'ys/ballot_view.js';
import { FileBubble } from 'ys/file_bubble.js';
import { CallView } from 'ys/call_view.js';
import { ChainView } from 'ys/chain_view.js';
import { HandoffView } from 'ys/handoff_view.js';
import { LinkCard, ownPath, ownPaths } from 'ys/links.js';
import { Rich, RichLinks } from 'ys/rich.js';

const hovers = window.matchMedia('(hover: hover)'); // a thumb has no use for a button that shows under a mouse
const HOLD = 450; // ms of holding a finger still before the menu opens

export const Words = (props) => h('span', { class: 'ys-words' }, parts(props.text, props.mentions).map((p) => {
  if (p.kind === 'link') return h('a', ownPath(p.href) ? { href: p.href } : { href: p.href, target: '_blank', rel: 'noopener noreferrer nofollow' }, p.text);
  return p.kind === 'mention' ? h('b', p.text) : p.text;
}));
Words.props = ['text', 'mentions'];

const Answer = {
  name: 'YsAnswer',
  components: { YsIcon: Icon, YsWords: Words, YsRich: Rich, YsRichLinks: RichLinks },
  props: { m: Object, labels: Object },
  inject: ['act'],
  data() { return { rated: this.m.answer.rated ?? null, asked: null, busy: '', words: '' }; },
  computed: {
    a() { return this.m.answer; },
    source() { return typeof this.a.source === 'string' ? { title: this.a.source } : this.a.source; },
    /** The answer's own words drawn with lists and links, and what stands before and after them: steps, a reserve. */
    rich() {
      const at = this.a.rich ? (this.m.body || '').indexOf(this.a.rich.plain) : -1;
      if (at < 0) return null;
      return { before: this.m.body.slice(0, at).trim(), blocks: this.a.rich.blocks, after: this.m.body.slice(at + this.a.rich.plain.length).trim() };
    },
    /** What can be of use or not: an answer to a question, not a greeting and not the word that a person comes. */
    ratable() { return !['refusal', 'talk', 'person', 'loading'].includes(this.a.band) && !(this.a.candidates && this.a.candidates.length); },
    waiting() { return typeof this.a.handoff === 'string' ? this.a.handoff : this.a.handoff && this.a.handoff.state; },
  },
  methods: {
    async run(busy, name, args) {
      if (this.busy) return false;
      this.busy = busy;
      this.words = '';
      try { await this.act(name, { seq: this.m.seq, ...args }); return true; } catch (e) { this.words = e.words || this.labels.failed; return false; } finally { this.busy = ''; }
    },
    async rate(useful) { if (await this.run('rate', 'rate', { useful })) this.rated = useful; },
    async pick(c) { this.asked = c.id; if (!(await this.run('ask', 'ask', { entry_id: c.id, question: c.question }))) this.asked = null; },
    handoff() { this.run('handoff', 'handoff', {}); },
  },
  template: `<div class="ys-answer">
    <template v-if="rich"><ys-words v-if="rich.before" :text="rich.before"/><ys-rich :blocks="rich.blocks"/><ys-words v-if="rich.after" :text="rich.after"/></template>
    <ys-words v-else-if="m.body" :text="m.body"/>
    <ys-rich-links v-if="a.links && a.links.length" :links="a.links"/>
    <div v-if="a.candidates && a.candidates.length" class="ys-chips" role="group" :aria-label="labels.did_you_mean">
      <button v-for="c in a.candidates" :key="c.id" type="button" class="ys-chip-btn" :class="{'is-on': asked === c.id}" :disabled="asked !== null" @click="pick(c)">{{ c.question }}</button>
    </div>
    <p v-if="source" class="ys-source"><span>{{ labels.source }}</span> <a v-if="source.href" :href="source.href">{{ source.title }}</a><template v-else>{{ source.title }}</template><span v-if="source.as_of"> · {{ source.as_of }}</span><span v-if="a.policy_no"> · {{ a.policy_no }}</span></p>
    <p v-if="a.guide && a.entry_id" class="ys-guide-link"><a class="ys-btn" :href="'/services/guide/' + a.entry_id"><ys-icon name="menu_book"/>{{ labels.guide }}</a></p>
    <p v-if="a.stale && !a.reserve" class="ys-source ys-stale"><ys-icon name="info"/>{{ labels.stale }}</p>
    <p v-if="waiting" class="ys-handoff" role="status"><ys-icon name="support_agent"/>{{ a.handoff.words || labels.handoff_waiting }}</p>
    <div class="ys-answer-acts">
      <template v-if="ratable">
        <span v-if="rated !== null" class="ys-thanks" role="status"><ys-icon name="check"/>{{ labels.thanks }}</span>
        <template v-else><button type="button" @click="rate(true)" :disabled="!!busy"><ys-icon name="thumb_up"/>{{ labels.useful }}</button>
        <button type="button" @click="rate(false)" :disabled="!!busy"><ys-icon name="thumb_down"/>{{ labels.useless }}</button></template>
      </template>
      <button v-if="!waiting && a.band !== 'person'" type="button" class="is-human" @click="handoff" :disabled="!!busy"><ys-icon name="support_agent"/>{{ labels.handoff }}</button>
    </div>
    <p v-if="words" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p>
  </div>`,
};

const Picture = {
  name: 'YsPicture',
  props: { m: Object, labels: Object },
  emits: ['view'],
  computed: {
    box() {
      // The place is reserved before the picture is there, so nothing moves when it comes.
      const { w, h } = this.m.image;
      const ratio = w && h ? Math.min(Math.max(w / h, 0.45), 2.4) : 1.33;
      return { aspectRatio: String(ratio), width: ratio >= 1 ? 'min(15rem, 56vw)' : `calc(min(15rem, 56vw) * ${Math.max(ratio, 0.6)})` };
    },
  },
  template: `<button type="button" class="ys-picture" :style="box" @click="$emit('view', m)" :aria-label="labels.view_image">
    <img :src="m.image.thumb || m.image.url" :alt="labels.image_by + ' ' + m.sender.name" loading="lazy" decoding="async"><span v-if="m.progress != null && m.progress < 1" class="ys-progress" aria-hidden="true"><i :style="{width: m.progress * 100 + '%'}"></i></span></button>`,
};

export const Bubble = {
  name: 'YsBubble',
  components: { YsAvatar: Avatar, YsIcon: Icon, YsWords: Words, YsAnswer: Answer, YsPicture: Picture, YsLinkCard: LinkCard, BallotView, CallView, ChainView, HandoffView, YsFile: FileBubble },
  props: { m: Object, head: Boolean, mine: Boolean, status: String, problem: String, blocked: Boolean, labels: Object, flash: Boolean, direct: Boolean },
  emits: ['menu', 'quote', 'view', 'resend', 'edit', 'drop', 'who', 'acknowledge'],
  computed: {
    bot() { return !!(this.m.sender && this.m.sender.bot); },
    wide() { return this.m.kind === 'card' || this.m.kind === 'notice' || this.m.kind === 'answer'; },
    bare() { return this.m.kind === 'image' || this.m.kind === 'card' || this.m.kind === 'file'; },
    hovers: () => hovers.matches,
    own() { return this.m.kind === 'image' || this.m.kind === 'file' ? [] : ownPaths(this.m.body); },
    mentions() { return !!(this.m.mentions && this.m.mentions.length) || /@/.test(this.m.body || ''); },
  },
  methods: {
    fill,
    open(event) {
      const box = this.$refs.bubble.getBoundingClientRect();
      this.$emit('menu', { m: this.m, box, from: event && event.currentTarget });
    },
    down(event) {
      if (event.pointerType === 'mouse' || event.target.closest('button, a, input, select')) return;
      this.start = { x: event.clientX, y: event.clientY };
      clearTimeout(this.holding);
      this.holding = setTimeout(() => {
        this.holding = 0;
        if (navigator.vibrate) navigator.vibrate(12);
        this.open();
      }, HOLD);
    },
    move(event) { if (this.holding && Math.hypot(event.clientX - this.start.x, event.clientY - this.start.y) > 10) this.up(); },
    up() { clearTimeout(this.holding); this.holding = 0; },
    context(event) {
      if (event.target.closest('a, input, select')) return;
      event.preventDefault();
      this.up();
      this.open();
    },
  },
  beforeUnmount() { this.up(); },
  template: `
<div class="ys-msg" :class="{'is-mine': mine, 'is-head': head, 'is-wide': wide, 'is-flash': flash}" :data-seq="m.seq || null">
  <button v-if="head && !mine" type="button" class="ys-face" :aria-label="fill(labels.who_card, {name: m.sender.name})" @click="$emit('who', m.sender)"><ys-avatar :name="m.sender.name" :bot="bot"/></button>
  <ys-avatar v-else-if="head" class="ys-face" :name="m.sender.name"/>
  <span v-else class="ys-face" aria-hidden="true"></span>
  <div class="ys-msg-main">
    <div v-if="head && !mine && !(direct && !bot)" class="ys-who"><span>{{ m.sender.name }}</span><span v-if="bot" class="ys-tag ys-tag-green">{{ labels.bot }}</span><span v-else-if="m.sender.badge" class="ys-tag ys-tag-red">{{ m.sender.badge }}</span></div>
    <span v-else-if="head" class="ys-sr">{{ m.sender.name }}: </span>
    <div class="ys-line-row">
      <div ref="bubble" class="ys-bubble" :class="['is-' + m.kind, {'is-bare': bare}]" @contextmenu="context" @pointerdown="down" @pointermove="move" @pointerup="up" @pointercancel="up">
        <button v-if="m.reply" type="button" class="ys-quote" @click="$emit('quote', m.reply.seq)"><span><b>{{ m.reply.name }}</b> {{ m.reply.recalled ? labels.quote_recalled : m.reply.text }}</span></button>
        <span v-if="m.forwarded" class="ys-forwarded"><ys-icon name="forward"/>{{ labels.forwarded_from }} {{ m.forwarded }}</span>
        <ys-picture v-if="m.kind === 'image'" :m="m" :labels="labels" @view="$emit('view', $event)"/>
        <ys-file v-else-if="m.kind === 'file' && m.file" :file="m.file" :progress="m.progress" :labels="labels"/>
        <ys-answer v-else-if="m.kind === 'answer' && m.answer" :m="m" :labels="labels"/>
        <div v-else-if="m.kind === 'notice'" class="ys-notice-msg">
          <span class="ys-notice-tag"><ys-icon name="campaign"/>{{ labels.notice }}</span><ys-words :text="m.body"/>
          <slot name="notice" :m="m"></slot>
        </div>
        <ballot-view v-else-if="m.kind === 'card' && m.card && m.card.kind === 'ballot'" compact :ballot="m.card" :labels="labels.ballot"/>
        <chain-view v-else-if="m.kind === 'card' && m.card && m.card.kind === 'chain'" :chain="m.card" :labels="labels.chain"/>
        <handoff-view v-else-if="m.kind === 'card' && m.card && m.card.kind === 'handoff'" :handoff="m.card" :labels="labels.handoff_card"/>
        <call-view v-else-if="m.kind === 'card' && m.card && m.card.kind === 'call'" compact :call="m.card" :labels="labels.call"/>
        <ys-words v-else :text="m.body" :mentions="mentions"/>
        <ys-link-card v-for="path in own" :key="path" :path="path"/>
      </div>
      <button v-if="status === 'failed'" type="button" class="ys-state is-failed" :aria-label="labels.resend" @click="blocked ? $emit('edit', m) : $emit('resend', m)">!</button>
      <span v-else-if="status === 'sending'" class="ys-state" role="status" :aria-label="labels.sending"><i class="ys-spin"></i></span>
      <span v-else-if="status === 'held'" class="ys-tag ys-tag-amber" role="status" :title="labels.order.held_hint">{{ labels.order.held }}</span>
      <button v-else-if="hovers" type="button" class="ys-more" :aria-label="labels.more" aria-haspopup="menu" @click="open"><ys-icon name="more_horiz"/></button>
    </div>
    <div v-if="problem" class="ys-problem" role="alert"><span>{{ problem }}</span>
      <button v-if="blocked" type="button" @click="$emit('edit', m)">{{ labels.change_text }}</button><button v-else-if="status === 'failed'" type="button" @click="$emit('resend', m)">{{ labels.resend }}</button>
      <button type="button" @click="$emit('drop', m)">{{ labels.drop }}</button></div>
  </div>
</div>`,
};
