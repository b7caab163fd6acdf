// Sending: the bubble is there at once, the text is kept until the server has it, and a retry never says it twice.
import { uuid } from 'ys/base.js';
import { shrink } from 'ys/composer.js';

const PATIENCE = 9000; // ms without an answer until the red mark shows; the outbox goes on trying
const FATAL = new Set(['timeout', 'offline']); // ours: the line, not the message, is to blame

export const postingMixin = {
  data() { return { pending: [] }; },
  created() {
    this.failedKey = `failed:room:${this.room.id}`;
    const draft = window.YS && YS.draft;
    ((draft && draft.get(this.failedKey)) || []).forEach((kept) => {
      this.pending.push(this.bubbleOf(kept.args, { status: 'failed', problem: kept.problem, blocked: kept.blocked }));
    });
  },
  mounted() {
    this.keepHeld(this.room.held);
    const box = window.YS && YS.outbox;
    if (!box) return;
    const waiting = box.all('post').filter((entry) => entry.args && entry.args.room_id === this.room.id);
    waiting.filter((entry) => !this.pending.some((p) => p.m.client_id === entry.id)).forEach((entry) => {
      if (this.log.items.some((m) => m.client_id === entry.id)) box.remove(entry.id);
      else {
        this.pending.push(this.bubbleOf(entry.args, { status: 'sending' }));
        this.hand(entry.args);
      }
    });
  },
  beforeUnmount() { this.pending.forEach((p) => clearTimeout(p.timer)); },
  methods: {
    bubbleOf(args, state) {
      const image = args.image || null;
      const m = {
        client_id: args.client_id, kind: args.kind, body: args.body || '', sender: this.my, at: args.at || new Date().toISOString(),
        reply: args.reply || null, mentions: (args.mentions || []).map((p) => p.id ?? p), image, file: args.file || null, recalled: false,
      };
      return { m, args, status: 'sending', problem: '', blocked: false, timer: 0, ...state };
    },
    say({ body, mentions }) {
      const args = {
        room_id: this.room.id, client_id: uuid(), kind: 'text', body, mentions: mentions.map((p) => p.id),
        reply_seq: this.quoting ? this.quoting.seq : null, reply: this.quoting, at: new Date().toISOString(),
      };
      this.quoting = null;
      this.pending.push(this.bubbleOf(args));
      this.hand(args);
      this.toEnd();
      if ((this.room.kind === 'assistant' && this.r.mode !== 'person') || args.mentions.includes(this.room.bot_id)) this.expectBot();
    },
    /** Give it to the outbox, which keeps it until the server has answered. */
    async hand(args) {
      const held = () => this.pending.find((p) => p.m.client_id === args.client_id);
      const mine = held();
      if (!mine) return;
      Object.assign(mine, { status: 'sending', problem: '', blocked: false });
      clearTimeout(mine.timer);
      mine.timer = setTimeout(() => { const p = held(); if (p) p.status = 'failed'; }, PATIENCE);
      const { at, reply, image, file, ...wire } = args;
      try {
        const data = await YS.outbox.send(this, 'post', wire, args.client_id);
        this.sent(args.client_id, (data && data.message) || data);
      } catch (error) {
        this.refused(args.client_id, error || {});
      }
    },
    sent(id, message) {
      if (message && message.seq) this.arrived({ m: message });
      const waits = message && message.held && this.pending.find((p) => p.m.client_id === id);
      if (waits) {
        clearTimeout(waits.timer);
        waits.status = 'held';
      }
      this.settle(id);
    },
    /** 待审核: show what waits for review, and let go of what waits no more. */
    keepHeld(held) {
      const known = new Set((held || []).map((one) => one.client_id));
      this.pending = this.pending.filter((p) => p.status !== 'held' || known.has(p.m.client_id));
      (held || []).filter((one) => !this.pending.some((p) => p.m.client_id === one.client_id)).forEach((one) => this.pending.push(this.bubbleOf(one, { status: 'held' })));
    },
    settle(id) {
      const at = this.pending.findIndex((p) => p.m.client_id === id);
      if (at < 0 || !this.log.items.some((m) => m.client_id === id)) return;
      const [done] = this.pending.splice(at, 1);
      clearTimeout(done.timer);
      this.keepFailed();
    },
    refused(id, error) {
      const p = this.pending.find((one) => one.m.client_id === id);
      if (!p) return;
      clearTimeout(p.timer);
      const line = FATAL.has(error.code);
      p.status = 'failed';
      p.problem = line ? '' : error.words || this.labels.failed;
      p.blocked = error.code === 'blocked' || error.code === 'invalid' || (error.code || '').includes('blocked');
      this.keepFailed();
    },
    keepFailed() {
      if (!window.YS || !YS.draft) return;
      const kept = this.pending.filter((p) => p.problem && p.args.kind === 'text').map((p) => ({ args: p.args, problem: p.problem, blocked: p.blocked }));
      if (kept.length) YS.draft.set(this.failedKey, kept);
      else YS.draft.clear(this.failedKey);
    },
    resend(m) {
      const p = this.pending.find((one) => one.m.client_id === m.client_id);
      if (!p) return;
      if (p.file && !p.args.image_token && !p.args.file_token) this.upload(p);
      else this.hand(p.args);
    },
    drop(m) {
      const at = this.pending.findIndex((p) => p.m.client_id === m.client_id);
      if (at < 0) return;
      const [gone] = this.pending.splice(at, 1);
      clearTimeout(gone.timer);
      if (window.YS && YS.outbox) YS.outbox.remove(m.client_id);
      this.keepFailed();
    },
    /** A blocked text goes back to where it can be changed; it will be a new message. */
    editBlocked(m) {
      this.drop(m);
      this.$refs.composer.write(m.body);
    },
    async sendPictures(files) {
      for (const file of files) {
        const small = await shrink(file);
        const [w, h] = small.ysSize || [0, 0];
        const url = URL.createObjectURL(small);
        const args = { room_id: this.room.id, client_id: uuid(), kind: 'image', body: '', mentions: [], image: { url, thumb: url, w, h } };
        const p = this.bubbleOf(args, { file: small });
        p.m.progress = 0;
        this.pending.push(p);
        this.toEnd();
        await this.upload(this.pending.find((one) => one.m.client_id === args.client_id));
      }
    },
    async sendFiles(files) {
      for (const file of files) {
        const shown = { url: '', name: file.name, kind: (file.name.split('.').pop() || '').toLowerCase(), bytes: file.size };
        const p = this.bubbleOf({ room_id: this.room.id, client_id: uuid(), kind: 'file', body: file.name, mentions: [], file: shown }, { file });
        p.m.progress = 0;
        this.pending.push(p);
        this.toEnd();
        await this.upload(this.pending.find((one) => one.m.client_id === p.m.client_id));
      }
    },
    upload(p) {
      const document = p.args.kind === 'file';
      Object.assign(p, { status: 'sending', problem: '', blocked: false });
      return new Promise((done) => {
        const request = new XMLHttpRequest();
        const body = new FormData();
        body.append('room_id', this.room.id);
        body.append('client_id', p.m.client_id);
        body.append('file', p.file, document ? p.file.name : 'picture');
        const fail = (words) => {
          p.status = 'failed';
          p.problem = words || (document ? this.labels.file_failed : this.labels.upload_failed);
          done();
        };
        request.open('POST', document ? '/api/files' : this.room.upload_href || '/api/images');
        request.setRequestHeader('X-Requested-With', 'yunshequ');
        request.timeout = 60e3;
        request.upload.onprogress = (e) => { if (e.lengthComputable) p.m.progress = e.loaded / e.total; };
        request.onerror = () => fail('');
        request.ontimeout = () => fail('');
        request.onload = () => {
          let data = {};
          try { data = JSON.parse(request.responseText); } catch (e) { data = {}; }
          if (request.status >= 300 || !data.token) {
            fail(data.words || (data.error && data.error.words) || '');
            return;
          }
          p.m.progress = 1;
          p.args[document ? 'file_token' : 'image_token'] = data.token;
          if (document) p.m.file = { ...data };
          this.hand(p.args);
          done();
        };
        request.send(body);
      });
    },
  },
};
