// An answer with lists, bold words and links: a tree the server has read, drawn as elements and never as markup.
import { h } from 'vue';
import { ownPath } from 'ys/links.js';

const SAFE = /^(https:\/\/|\/(?![/\\]))/; // the server lets nothing else out; looked at once more where it becomes a link

export const linkProps = (href) => (ownPath(href) ? { href } : { href, target: '_blank', rel: 'noopener noreferrer nofollow' });

const span = (s) => {
  const words = s.b ? h('b', s.text) : s.text;
  return s.href && SAFE.test(s.href) ? h('a', linkProps(s.href), [words]) : words;
};

function block(b) {
  if (b.t === 'p') return h('p', b.spans.map(span));
  const items = b.items.map((item) => h('li', item.map(block)));
  return b.t === 'ol' ? h('ol', { start: b.start || 1 }, items) : h('ul', items);
}

/** Blocks of one answer. */
export const Rich = (props) => h('div', { class: 'ys-rich' }, props.blocks.map(block));
Rich.props = ['blocks'];

/** Links to forms and service items, as large buttons below an answer. */
export const RichLinks = (props) => h('div', { class: 'ys-rich-links' }, props.links.filter((l) => SAFE.test(l.href)).map((l) => h('a', { class: 'ys-chip-btn', ...linkProps(l.href) }, l.title)));
RichLinks.props = ['links'];
