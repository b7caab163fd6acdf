// Asks the server to draw again when something changed: on news of its topics, and after a lost line.
import { liveMixin } from 'ys/base.js';

export default {
  mixins: [liveMixin],
  props: { topics: Array, frames: Array },
  mounted() {
    this.topics.forEach((topic) => this.listen(topic, (frame) => { if (this.frames.includes(frame.k)) this.ask(); }));
    this.onConnect(({ first }) => { if (!first) this.ask(); });
  },
  beforeUnmount() { clearTimeout(this.later); },
  methods: {
    ask() {
      clearTimeout(this.later);
      this.later = setTimeout(() => this.$emit('news'), 150);
    },
  },
  template: '<span hidden></span>',
};
