// A line that says that 小栖 finds by words only, and goes when the model is there.
import { Icon, act, liveMixin } from 'ys/base.js';

export default {
  components: { YsIcon: Icon },
  mixins: [liveMixin],
  props: { state: String, loading: String, off: String },
  data() { return { now: this.state }; },
  computed: { words() { return this.now === 'ready' ? '' : this.now === 'loading' ? this.loading : this.off; } },
  mounted() {
    this.listen('model', (frame) => { this.now = frame.state; });
    this.onConnect(async () => {
      if (this.now === 'loading') this.now = (await act(this, 'model.state', {}, { again: true })).state;
    });
  },
  template: `<div role="status"><p v-if="words" class="ys-hint ys-model-note"><ys-icon name="info"/>{{ words }}</p></div>`,
};
