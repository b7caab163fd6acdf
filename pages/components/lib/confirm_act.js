// 还有效: saying in one tap that an answer is right, right in the queue.
import { Icon, fill } from 'ys/base.js';

export const ConfirmAct = {
  name: 'YsConfirmAct',
  components: { YsIcon: Icon },
  props: { entry: Object, labels: Object },
  inject: ['act'],
  emits: ['decided'],
  data() { return { busy: false, words: '' }; },
  methods: {
    fill,
    async confirm() {
      if (this.busy) return;
      this.busy = true;
      this.words = '';
      const { id, version, question } = this.entry;
      try {
        const done = await this.act('knowledge.confirm', { id, version });
        this.$emit('decided', { id, words: fill(this.labels.confirmed, { question }), undo: ['knowledge.unconfirm', { id, version: done.version }] });
      } catch (e) {
        this.words = e.words || this.labels.failed;
      }
      this.busy = false;
    },
  },
  template: `<div class="ys-entry-acts"><div class="ys-entry-row"><button type="button" class="ys-btn ys-btn-leaf" :disabled="busy" :aria-label="fill(labels.confirm_one, {question: entry.question})" @click="confirm"><ys-icon name="check"/>{{ entry.until ? fill(labels.confirm_until, {day: entry.until}) : labels.confirm }}</button></div>
    <p v-if="words" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p></div>`,
};
