// Links to our own pages show as cards, with the title this reader may see; all others stay links, and nothing outside is fetched.
import { Icon, parts } from 'ys/base.js';

const AT_ONCE = 20; // links of one question
const WAIT = 40; // ms in which bubbles that come into the page together ask together
const MOST = 3; // cards below one message

/** The path of an address of this site; empty for any other. */
export function ownPath(href) {
  try {
    const url = new URL(href, location.origin);
    return url.origin === location.origin ? url.pathname : '';
  } catch (e) {
    return '';
  }
}

/** The paths of our own pages that a text links to. */
export function ownPaths(text) {
  if (!/https?:/.test(text || '')) return [];
  const found = parts(text).filter((p) => p.kind === 'link').map((p) => ownPath(p.href)).filter((path) => /\/\d+\/?$/.test(path));
  return [...new Set(found)].slice(0, MOST);
}

/** Asks once for each page, for many of them together. */
export class OwnLinks {
  constructor(ask) {
    this.ask = ask;
    this.known = new Map(); // path -> promise of a card or null
    this.waiting = [];
  }

  card(path) {
    if (!this.known.has(path)) {
      this.known.set(path, new Promise((done) => {
        this.waiting.push({ path, done });
        if (this.waiting.length === 1) setTimeout(() => this.flush(), WAIT);
      }));
    }
    return this.known.get(path);
  }

  async flush() {
    const asked = this.waiting.splice(0, AT_ONCE);
    if (this.waiting.length) setTimeout(() => this.flush(), WAIT);
    let cards = {};
    try {
      cards = (await this.ask({ paths: asked.map((one) => one.path) })).cards || {};
    } catch (e) {
      asked.forEach((one) => this.known.delete(one.path)); // asked again when it comes into the page again
    }
    asked.forEach((one) => one.done(cards[one.path] || null));
  }
}

export const LinkCard = {
  name: 'YsLinkCard',
  components: { YsIcon: Icon },
  props: { path: String },
  inject: { links: { default: null } },
  data() { return { card: null }; },
  async created() { if (this.links) this.card = await this.links.card(this.path); },
  template: `<a v-if="card" class="ys-link-card" :href="path"><ys-icon :name="card.icon"/><span><strong>{{ card.title }}</strong><small>{{ card.what }}</small></span><ys-icon name="chevron_right"/></a>`,
};
