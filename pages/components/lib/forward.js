// 转发: where to, and what will be said there.
import { Icon, Sheet, fill } from 'ys/base.js';

export const Forward = {
  name: 'YsForward',
  components: { YsIcon: Icon, YsSheet: Sheet },
  props: { m: Object, labels: Object },
  inject: ['act'],
  emits: ['close', 'done'],
  data() { return { q: '', rooms: null, chosen: null, busy: false, words: '' }; },
  computed: {
    snippet() {
      const { kind, card, body } = this.m;
      if (kind === 'image') return this.labels.picture;
      return (kind === 'card' && card && card.title) || body || this.labels.card;
    },
    shown() {
      const q = this.q.trim().toLowerCase();
      return (this.rooms || []).filter((room) => room.title.toLowerCase().includes(q));
    },
  },
  mounted() { this.load(); },
  methods: {
    fill,
    async load() {
      try {
        this.rooms = (await this.act('targets', { q: '' })).rooms || [];
      } catch (e) {
        this.rooms = this.rooms || [];
        this.words = e.words || this.labels.failed;
      }
    },
    async send() {
      if (this.busy || !this.chosen) return;
      this.busy = true;
      this.words = '';
      try {
        // One id for one choice: a tap repeated after a lost answer says it once.
        this.ids = this.ids || {};
        const id = (this.ids[this.chosen.id] = this.ids[this.chosen.id] || YS.id());
        const data = await this.act('forward', { seq: this.m.seq, room_id: this.chosen.id }, { id });
        this.$emit('done', { title: this.chosen.title, href: data.href });
      } catch (e) {
        this.words = e.words || this.labels.failed;
      }
      this.busy = false;
    },
  },
  template: `<ys-sheet class="ys-forward" :title="labels.forward_to" :close-label="labels.close" @close="$emit('close')">
    <p class="ys-forward-what"><ys-icon name="forward"/><span>{{ snippet }}</span></p>
    <input v-if="rooms && rooms.length > 6" v-model="q" class="ys-input" type="search" :placeholder="labels.find_room" :aria-label="labels.find_room">
    <div v-if="shown.length" class="ys-forward-rooms" role="radiogroup" :aria-label="labels.forward_to">
      <button v-for="room in shown" :key="room.id" type="button" role="radio" :aria-checked="chosen && chosen.id === room.id ? 'true' : 'false'" @click="chosen = room; words = ''"><span class="ys-forward-face"><ys-icon :name="room.icon" fallback="groups"/></span><span>{{ room.title }}</span><ys-icon v-if="chosen && chosen.id === room.id" name="check_circle"/></button>
    </div>
    <p v-else-if="rooms" class="ys-hint" role="status">{{ q.trim() ? fill(labels.found_none_room, {q: q.trim()}) : labels.no_room }}</p>
    <div v-else aria-hidden="true"><div v-for="i in 4" :key="i" class="ys-skeleton" style="height: 2.75rem; margin: .4rem 0"></div></div>
    <p v-if="words" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p>
    <button v-if="shown.length" type="button" class="ys-btn ys-btn-main ys-btn-wide" :disabled="!chosen || busy" @click="send">{{ chosen ? fill(labels.forward_into, {room: chosen.title}) : labels.forward_pick }}</button>
  </ys-sheet>`,
};
