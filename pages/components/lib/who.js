// 名片: who somebody in the room is; opened by a tap on a face.
import { Avatar, Icon, Sheet, fill, shortTime } from 'ys/base.js';

export const WhoCard = {
  name: 'YsWho',
  components: { YsSheet: Sheet, YsIcon: Icon, YsAvatar: Avatar },
  props: { person: Object, room: Object, me: Object, labels: Object },
  inject: ['act'],
  emits: ['close', 'mention'],
  data() { return { found: null, words: '', now: Date.now() }; },
  async mounted() {
    try {
      this.found = await this.act('who', { id: this.person.id });
    } catch (e) {
      this.words = e.words || this.labels.failed;
    }
  },
  computed: {
    shown() { return this.found || this.person; },
    callable() { return this.room.can_post && this.room.kind !== 'assistant' && this.person.id !== this.me.id; },
  },
  methods: { fill, shortTime },
  template: `<ys-sheet class="ys-person-card" :title="shown.name" :close-label="labels.close" @close="$emit('close')">
    <div class="ys-person-head"><ys-avatar :name="shown.name" :bot="!!shown.bot"/><span v-if="shown.bot" class="ys-tag ys-tag-green">{{ labels.bot }}</span><span v-else-if="shown.badge" class="ys-tag ys-tag-red">{{ shown.badge }}</span><span v-if="shown.party" class="ys-tag ys-tag-red">{{ labels.party }}</span></div>
    <p v-if="words" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p>
    <ul v-if="found">
      <li v-if="found.account">{{ fill(labels.who_account, {name: found.account}) }}</li>
      <li v-for="one in found.offices" :key="one">{{ one }}</li>
      <li v-if="found.joined_at">{{ fill(labels.who_since, {day: shortTime(found.joined_at, labels.time, now)}) }}</li>
      <li v-if="found.rooms.length">{{ fill(labels.who_rooms, {rooms: found.rooms.join('、')}) }}</li>
    </ul>
    <button v-if="callable" type="button" class="ys-btn ys-btn-main ys-btn-wide" @click="$emit('mention', person)">{{ labels.at_person }}</button>
  </ys-sheet>`,
};
