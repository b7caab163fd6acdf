// 群规: shown once to whoever enters a room for the first time.
import { Sheet } from 'ys/base.js';

export const RulesSheet = {
  name: 'YsRules',
  components: { YsSheet: Sheet },
  props: { rules: String, labels: Object },
  inject: ['act'],
  emits: ['close'],
  methods: {
    seen() {
      this.act('rules_seen', {}).catch(() => {}); // not noted: they are shown once more, no harm
      this.$emit('close');
    },
  },
  template: `<ys-sheet class="ys-rules" :title="labels.rules" :close-label="labels.close" @close="seen"><p class="ys-rules-text">{{ rules }}</p>
    <p class="ys-hint">{{ labels.rules_hint }}</p><button type="button" autofocus class="ys-btn ys-btn-main ys-btn-wide" @click="seen">{{ labels.rules_ok }}</button></ys-sheet>`,
};
