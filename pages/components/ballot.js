import { act } from 'ys/base.js';
import { BallotView } from 'ys/ballot_view.js';

export default {
  components: { BallotView },
  props: { ballot: Object, me: Object, labels: Object },
  provide() { return { act: (name, args, options) => act(this, name, args, options), meId: this.me ? this.me.id : 0 }; },
  template: `<div class="ys-card ys-page-card"><ballot-view :ballot="ballot" :labels="labels"/></div>`,
};
