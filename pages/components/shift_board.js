import { act } from 'ys/base.js';
import { CallView } from 'ys/call_view.js';

export default {
  components: { CallView },
  props: { call: Object, me: Object, labels: Object },
  provide() { return { act: (name, args) => act(this, name, args), meId: this.me ? this.me.id : 0 }; },
  template: `<div class="ys-card ys-page-card is-flush"><call-view :call="call" :labels="labels"/></div>`,
};
