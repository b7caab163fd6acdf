// The part of a room's log that is on the screen: ordered by the room's own numbers, nothing twice, nothing missing.

export const MOST = 220; // rendered messages; beyond it the far end is let go and fetched again when needed
export const KEEP = 150;
const APART = 5 * 60e3;

export class RoomLog {
  constructor(messages, lastSeq, hasMore) {
    this.last = lastSeq || 0;
    this.reset(messages, hasMore);
  }

  /** Show another window of the log. */
  reset(messages, hasMore) {
    this.items = [];
    this.hasMore = !!hasMore;
    this.hi = 0;
    this.take(messages);
    const newest = this.items.length ? this.items[this.items.length - 1].seq : 0;
    this.hi = Math.max(this.hi, newest);
    if (!this.items.length) this.hi = this.last;
  }

  get atEnd() { return this.hi >= this.last; }
  get lo() { return this.items.length ? this.items[0].seq : 0; }
  find(seq) { return this.items.find((m) => m.seq === seq); }
  covers(seq) { return this.items.length > 0 && seq >= this.lo && seq <= this.hi; }

  /** Put messages in their places; a known number replaces what is there, a recall strikes its target. */
  take(messages) {
    for (const m of messages || []) {
      this.hi = Math.max(this.hi, m.seq);
      if (m.kind === 'recall') {
        const target = this.find(m.target);
        if (target) target.recalled = true;
        for (const one of this.items) if (one.reply && one.reply.seq === m.target) one.reply.recalled = true;
        continue;
      }
      let at = this.items.length;
      while (at > 0 && this.items[at - 1].seq > m.seq) at -= 1;
      if (at > 0 && this.items[at - 1].seq === m.seq) {
        const recalled = m.recalled || this.items[at - 1].recalled;
        Object.assign(this.items[at - 1], m, { recalled });
      } else this.items.splice(at, 0, { ...m });
    }
  }

  /** One live message: 'new', 'old' (seen already), 'gap' (something before it is missing) or 'far' (the window is elsewhere). */
  arrive(m) {
    const wasAtEnd = this.atEnd;
    const before = this.last;
    this.last = Math.max(this.last, m.seq);
    if (m.seq <= this.hi) {
      this.take([m]);
      return 'old';
    }
    if (!wasAtEnd) return m.seq > before ? 'far' : 'old';
    if (m.seq > this.hi + 1) return 'gap';
    this.take([m]);
    return 'new';
  }

  /** Let go of the end nobody looks at. */
  trim(end) {
    if (this.items.length <= MOST) return;
    if (end === 'old') {
      this.items.splice(0, this.items.length - KEEP);
      this.hasMore = true;
    } else {
      this.items.splice(KEEP);
      this.hi = this.items[this.items.length - 1].seq;
    }
  }
}

const day = (at) => Math.floor((new Date(at).getTime() + 8 * 3600e3) / 86400e3);

/** Rows to draw: time separators every five minutes of silence, the unread line, messages grouped by speaker. */
export function rows(items, pending, firstUnread) {
  const out = [];
  let previous = null;
  let divided = false;
  for (const m of [...items, ...pending]) {
    const apart = !previous || new Date(m.at) - new Date(previous.at) >= APART || day(m.at) !== day(previous.at);
    if (firstUnread && !divided && m.seq >= firstUnread) {
      divided = true;
      if (previous) out.push({ type: 'unread', key: 'unread' });
      previous = null;
    }
    if (apart) out.push({ type: 'time', key: `t${m.client_id || m.seq}`, at: m.at });
    const grouped = !apart && previous && previous.sender && m.sender && previous.sender.id === m.sender.id && !previous.recalled && previous.kind !== 'system';
    out.push({ type: m.recalled ? 'recalled' : m.kind === 'system' ? 'system' : 'message', key: m.client_id || `s${m.seq}`, m, head: !grouped });
    previous = m;
  }
  return out;
}
