// Applications to a room: those that wait with their two buttons, below them what became of the others.
import { act, fill, fullTime, liveMixin, tickMixin } from 'ys/base.js';
import { EntryActs, EntryUndo } from 'ys/entry_acts.js';

export default {
  components: { YsEntryActs: EntryActs, YsEntryUndo: EntryUndo },
  mixins: [liveMixin, tickMixin],
  props: { room: Number, entries: Array, labels: Object },
  provide() { return { act: (name, args) => act(this, name, args) }; },
  data() { return { list: this.entries, done: null }; },
  mounted() {
    this.listen(`door:${this.room}`, (frame) => { if (frame.k === 'changed') this.refresh(); });
    this.onConnect(({ first }) => { if (!first) this.refresh(); });
  },
  methods: {
    fill, fullTime,
    async refresh() {
      try { this.list = (await act(this, 'entry.list', { room: this.room })).entries; } catch (e) { /* the next connection asks again */ }
    },
    decided(done) { this.done = done; this.refresh(); },
  },
  template: `<div class="ys-door"><p v-if="!list.length" class="ys-hint">{{ labels.none }}</p>
  <ul v-else class="ys-lines"><li v-for="one in list" :key="one.id">
    <span class="ys-lines-what"><b>{{ one.name }}</b><small v-if="one.detail">{{ one.detail }}</small><small>{{ fullTime(one.at, labels.time, now) }}</small><small v-if="one.reason">{{ labels.reason }}：{{ one.reason }}</small></span>
    <ys-entry-acts v-if="one.state === 'waiting'" :entry="one" :labels="labels" @decided="decided"/>
    <span v-else class="ys-tag" :class="one.state === 'accepted' ? 'ys-tag-green' : 'ys-tag-amber'">{{ labels['state_' + one.state] }} · {{ fill(labels.by, {name: one.by}) }}</span></li></ul>
  <ys-entry-undo v-if="done" :key="done.id + done.words" :done="done" :labels="labels" @over="done = null" @undone="done = null; refresh()"/></div>`,
};
