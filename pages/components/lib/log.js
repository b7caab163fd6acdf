// The part of a room's log that is in memory: ordered by the room's own numbers, nothing twice, nothing missing.

export const MOST = 400; // messages; beyond it the far end is let go and fetched again when needed
export const KEEP = 300;
const APART = 5 * 60e3;

export class RoomLog {
  constructor(messages, lastSeq, hasMore) {
    this.last = lastSeq || 0;
    this.names = {}; // what each speaker goes by, by their id; what was fetched last is right
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
    const held = new Map(this.items.map((m) => [m.seq, m]));
    const fresh = [];
    const struck = [];
    for (const m of messages || []) {
      this.hi = Math.max(this.hi, m.seq);
      if (m.sender) this.rename(m.sender.id, m.sender.name);
      const known = held.get(m.seq);
      if (m.kind === 'recall' || m.kind === 'restore') struck.push(m);
      else if (known) Object.assign(known, m, { recalled: m.recalled || known.recalled });
      else {
        fresh.push({ ...m });
        held.set(m.seq, fresh[fresh.length - 1]);
      }
    }
    // One new list, not fifty insertions: each of those would be told to whoever draws it.
    if (fresh.length) this.items = [...this.items, ...fresh].sort((a, b) => a.seq - b.seq);
    struck.forEach((m) => (m.kind === 'restore' ? this.bringBack(m) : this.strike(m.target, !!m.sender?.bot)));
  }

  /** Somebody goes by another name in this room, under what they said before too. */
  rename(id, name) {
    const was = this.names[id];
    this.names[id] = name;
    if (was === undefined || was === name) return;
    for (const one of this.items) {
      if (one.sender && one.sender.id === id) one.sender.name = name;
      if (one.reply && one.reply.sender_id === id) one.reply.name = name;
    }
  }

  /** A recall strikes its target and whatever quotes it. */
  strike(seq, byModerator) {
    const target = this.find(seq);
    if (target) Object.assign(target, { recalled: true, struck: target.struck || byModerator });
    for (const one of this.items) if (one.reply && one.reply.seq === seq) one.reply.recalled = true;
  }

  /** What a moderator recalled is there again. */
  bringBack(m) {
    const target = this.find(m.target);
    if (target) Object.assign(target, { recalled: false, struck: false }, m.restored);
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
      this.items = this.items.slice(-KEEP);
      this.hasMore = true;
    } else {
      this.items = this.items.slice(0, KEEP);
      this.hi = this.items[KEEP - 1].seq;
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
