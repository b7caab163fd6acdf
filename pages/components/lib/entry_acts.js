// Deciding an application to a room in one tap, and taking it back.
import { Icon, fill } from 'ys/base.js';

const UNDO = 10e3; // ms the offer to undo stays

export const EntryActs = {
  name: 'YsEntryActs',
  components: { YsIcon: Icon },
  props: { entry: Object, labels: Object },
  inject: ['act'],
  emits: ['decided'],
  data() { return { busy: false, asking: false, other: '', words: '' }; },
  methods: {
    fill,
    async decide(name, args, told) {
      if (this.busy) return;
      this.busy = true;
      this.words = '';
      try {
        await this.act(name, { id: this.entry.id, ...args });
        this.$emit('decided', { id: this.entry.id, words: fill(told, { name: this.entry.name }), undo: ['entry.undo', { id: this.entry.id }] });
      } catch (e) {
        this.words = e.words || this.labels.failed;
      }
      this.busy = false;
    },
    accept() { this.decide('entry.accept', {}, this.labels.accepted); },
    refuse(reason) { this.decide('entry.refuse', { reason }, this.labels.refused); },
    ask() {
      this.asking = !this.asking;
      if (this.asking) this.$nextTick(() => this.$refs.reasons.querySelector('button').focus());
    },
  },
  template: `<div class="ys-entry-acts">
    <div class="ys-entry-row"><button type="button" class="ys-btn ys-btn-leaf" :disabled="busy" :aria-label="fill(labels.accept_person, {name: entry.name})" @click="accept"><ys-icon name="check"/>{{ labels.accept }}</button>
    <button type="button" class="ys-btn" :disabled="busy" :aria-expanded="asking ? 'true' : 'false'" :aria-label="fill(labels.refuse_person, {name: entry.name})" @click="ask">{{ labels.refuse }}</button></div>
    <div v-if="asking" ref="reasons" class="ys-entry-reasons" role="group" :aria-label="labels.reason"><p class="ys-hint">{{ labels.reason_hint }}</p>
      <button v-for="r in labels.reasons" :key="r" type="button" class="ys-chip-btn" :disabled="busy" @click="refuse(r)">{{ r }}</button>
      <form @submit.prevent="refuse(other.trim())"><input v-model="other" class="ys-input" maxlength="100" :placeholder="labels.reason_other" :aria-label="labels.reason_other"><button type="submit" class="ys-btn" :disabled="busy || !other.trim()">{{ labels.send }}</button></form></div>
    <p v-if="words" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p></div>`,
};

/** The line that says what was decided and takes it back. */
export const EntryUndo = {
  name: 'YsEntryUndo',
  props: { done: Object, labels: Object },
  inject: ['act'],
  emits: ['over', 'undone'],
  data() { return { words: '' }; },
  mounted() { this.timer = setTimeout(() => this.$emit('over'), UNDO); },
  beforeUnmount() { clearTimeout(this.timer); },
  methods: {
    async undo() {
      clearTimeout(this.timer);
      try {
        await this.act(...this.done.undo);
        this.$emit('undone');
      } catch (e) {
        this.words = e.words || this.labels.failed;
        this.timer = setTimeout(() => this.$emit('over'), UNDO);
      }
    },
  },
  template: `<div class="ys-toast ys-undo" role="status"><span>{{ words || done.words }}</span><button v-if="!words" type="button" @click="undo">{{ labels.undo }}</button></div>`,
};
