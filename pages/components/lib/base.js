// What every component shares: words, times, faces, links in text, icons, dialogs.
import { h } from 'vue';
/** Fill `{name}` places of a translated text. */
export function fill(text, values) {
  return String(text ?? '').replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? values[name] : whole));
}

/** What a frame for everybody carries in every language, in the reader's. */
export const spoken = (words) => (words && words['zh-CN'] ? words[document.documentElement.lang] || words['zh-CN'] : words);

/** A number for a badge: nothing, 1 … 99, then 99+. */
export const capped = (n) => (n > 99 ? '99+' : String(n));

export function uuid() {
  if (window.crypto && crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

// China keeps one time all year, so its wall clock is UTC shifted by eight hours.
const SHIFT = 8 * 3600e3;
const DAY = 86400e3;
const two = (n) => String(n).padStart(2, '0');
const wall = (at) => new Date(new Date(at).getTime() + SHIFT);
const dayNumber = (at) => Math.floor((new Date(at).getTime() + SHIFT) / DAY);

export const clockTime = (at) => `${two(wall(at).getUTCHours())}:${two(wall(at).getUTCMinutes())}`;

function dateWords(at, words, now) {
  const day = wall(at);
  const values = { y: day.getUTCFullYear(), m: day.getUTCMonth() + 1, d: day.getUTCDate() };
  return fill(day.getUTCFullYear() === wall(now).getUTCFullYear() ? words.date : words.date_year, values);
}

/** 刚刚 · 今天 14:05 · 昨天 · 11月3日: for lists. */
export function shortTime(at, words, now = Date.now()) {
  const past = now - new Date(at).getTime();
  if (past < 60e3 && past > -60e3) return words.just_now;
  const days = dayNumber(now) - dayNumber(at);
  if (days === 0) return clockTime(at);
  if (days === 1) return words.yesterday;
  return dateWords(at, words, now);
}

/** 今天 14:05 · 昨天 14:05 · 明天 09:00 · 11月3日 14:05: for lines that stand alone. */
export function fullTime(at, words, now = Date.now()) {
  const near = { 0: words.today, 1: words.yesterday, '-1': words.tomorrow }[dayNumber(now) - dayNumber(at)];
  return `${near || dateWords(at, words, now)} ${clockTime(at)}`;
}

/** 还剩 3 小时; empty when it is over. */
export function remaining(until, words, now = Date.now()) {
  const left = new Date(until).getTime() - now;
  if (left <= 0) return '';
  const minutes = Math.floor(left / 60e3);
  if (minutes < 1) return fill(words.left_seconds, { n: Math.max(1, Math.ceil(left / 1e3)) });
  if (minutes < 60) return fill(words.left_minutes, { n: minutes });
  if (minutes < 48 * 60) return fill(words.left_hours, { n: Math.floor(minutes / 60) });
  return fill(words.left_days, { n: Math.floor(minutes / 1440) });
}

/** Split what a person wrote into plain parts; only http(s) becomes a link, all else stays text. */
export function parts(text, withMentions) {
  const found = [];
  const pattern = withMentions ? /(https?:\/\/[^\s<>"'，。！？；：、）】》]+)|(@[^\s@，。！？；：、]{1,20})/g : /(https?:\/\/[^\s<>"'，。！？；：、）】》]+)/g;
  let last = 0;
  for (const match of String(text ?? '').matchAll(pattern)) {
    if (match.index > last) found.push({ kind: 'text', text: text.slice(last, match.index) });
    let piece = match[0];
    if (match[1]) {
      piece = piece.replace(/[.,;:!?)]+$/, '');
      found.push({ kind: 'link', text: piece, href: piece });
    } else found.push({ kind: 'mention', text: piece });
    last = match.index + piece.length;
  }
  if (last < String(text ?? '').length) found.push({ kind: 'text', text: text.slice(last) });
  return found;
}

// White stands on each of these with at least 4.5 : 1.
const HUES = ['#8c4a2f', '#2a6685', '#5a6a2c', '#74478a', '#2e7558', '#9c4150', '#48599c', '#77601d'];
export function hue(name) {
  let sum = 0;
  for (const char of String(name)) sum = (sum * 31 + char.codePointAt(0)) >>> 0;
  return HUES[sum % HUES.length];
}
/** The last two characters of a Chinese name (「3栋-王建国」 → 建国), or the first letters of another. */
export function initials(name) {
  const bare = String(name || '').split(/[-－—·\s]/).filter(Boolean);
  const last = bare[bare.length - 1] || '';
  if (/[\u3400-\u9fff]/.test(last)) return [...last].slice(-2).join('');
  return bare.slice(0, 2).map((word) => word[0]).join('').toUpperCase();
}

/** One of the icons of pages/icons.py, by the name Quasar knows it under; an unknown name draws the one given as fallback. */
export const Icon = (props) => {
  const path = window.YS && YS.icon ? YS.icon(props.name) || YS.icon(props.fallback || 'info') : '';
  return h('svg', { class: 'ys-icon', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' }, [h('path', { d: path })]);
};
Icon.props = ['name', 'fallback'];

export const Avatar = (props) => {
  const bot = props.bot === true || props.bot === '';
  return h('span', { class: 'ys-avatar', 'aria-hidden': 'true', style: bot ? null : { background: hue(props.name) } }, bot ? [h('img', { src: '/static/img/xiaoqi.svg', alt: '' })] : initials(props.name));
};
Avatar.props = ['name', 'bot'];

/** A native dialog: keeps the focus inside, closes by Esc and by a tap outside, gives the focus back. */
export const Sheet = {
  name: 'YsSheet',
  components: { YsIcon: Icon },
  props: { title: String, closeLabel: String },
  emits: ['close'],
  mounted() { this.$el.showModal(); },
  beforeUnmount() { if (this.$el.open) this.$el.close(); },
  template: `<dialog class="ys-sheet" :aria-label="title" @cancel.prevent="$emit('close')" @click.self="$emit('close')">
    <div class="ys-sheet-head"><h2>{{ title }}</h2><button type="button" class="ys-icon-btn" :aria-label="closeLabel" @click="$emit('close')"><ys-icon name="close"/></button></div>
    <slot></slot></dialog>`,
};

/** Runs `fn` once the live transport is there (NiceGUI opens its socket after the components are mounted). */
export function whenLive(fn) {
  const live = window.YS && window.YS.live;
  if (live) fn(live);
  else setTimeout(() => whenLive(fn), 30);
}

/** Ask the page; rejects with {code, words, field}. */
export function act(component, name, args, options) {
  if (window.YS && window.YS.act) return window.YS.act(component, name, args || {}, options);
  return Promise.reject({ code: 'offline', words: '' });
}

/** Subscriptions that end with the component. */
export const liveMixin = {
  created() { this.liveOffs = []; this.gone = false; },
  beforeUnmount() {
    this.gone = true;
    this.liveOffs.forEach((off) => off && off());
  },
  methods: {
    listen(topic, fn) { whenLive((live) => { if (!this.gone) this.liveOffs.push(live.on(topic, fn)); }); },
    onConnect(fn) { whenLive((live) => { if (!this.gone) this.liveOffs.push(live.onConnect(fn)); }); },
  },
};

/** A clock for words like 刚刚 and 还剩 3 小时. */
export const tickMixin = {
  data() { return { now: Date.now() }; },
  tickEvery: 20e3,
  mounted() { this.tickTimer = setInterval(() => { this.now = Date.now(); }, this.$options.tickEvery); },
  beforeUnmount() { clearInterval(this.tickTimer); },
};
