// 举报 and 处理: why, and for moderators what; what was written stays when it is refused.
import { Icon, Sheet } from 'ys/base.js';

export const OrderForm = {
  name: 'YsOrderForm',
  components: { YsSheet: Sheet, YsIcon: Icon },
  props: { m: Object, deed: String, labels: Object },
  inject: ['act'],
  emits: ['close', 'done'],
  data() { return { reason: '', note: '', outcome: 'recall', minutes: this.labels.order.minutes[1].value, busy: false, words: '' }; },
  computed: {
    L() { return this.labels.order; },
    mutes() { return this.deed === 'moderate' && this.outcome !== 'recall'; },
  },
  methods: {
    async send() {
      if (!this.reason) {
        this.words = this.L.choose;
        return;
      }
      this.busy = true;
      this.words = '';
      const args = { seq: this.m.seq, reason: this.reason, note: this.note.trim() };
      if (this.deed === 'moderate') Object.assign(args, { outcome: this.outcome, minutes: this.mutes ? this.minutes : 0 });
      try {
        await this.act(this.deed, args);
        this.$emit('done', this.L[`${this.deed}_done`]);
      } catch (e) {
        this.words = e.words || this.labels.failed;
      }
      this.busy = false;
    },
  },
  template: `<ys-sheet :title="L[deed]" :close-label="labels.close" @close="$emit('close')"><form class="ys-order-form" @submit.prevent="send">
    <blockquote class="ys-order-quote"><b>{{ m.sender.name }}</b> {{ m.body || labels.picture }}</blockquote>
    <p class="ys-hint">{{ L[deed + '_hint'] }}</p>
    <fieldset v-if="deed === 'moderate'" class="ys-choices"><legend class="ys-legend">{{ L.what }}</legend><label v-for="o in L.outcomes" :key="o.value" :class="{'is-on': outcome === o.value}"><input class="ys-sr" type="radio" name="outcome" :value="o.value" v-model="outcome">{{ o.label }}</label></fieldset>
    <fieldset v-if="mutes" class="ys-choices"><legend class="ys-legend">{{ L.how_long }}</legend><label v-for="o in L.minutes" :key="o.value" :class="{'is-on': minutes === o.value}"><input class="ys-sr" type="radio" name="minutes" :value="o.value" v-model="minutes">{{ o.label }}</label></fieldset>
    <fieldset class="ys-choices"><legend class="ys-legend">{{ L.why }}</legend><label v-for="o in L.reasons" :key="o.value" :class="{'is-on': reason === o.value}"><input class="ys-sr" type="radio" name="reason" :value="o.value" v-model="reason">{{ o.label }}</label></fieldset>
    <label class="ys-field"><span class="ys-label">{{ L.note }}</span><textarea v-model="note" class="ys-input" rows="2" maxlength="200"></textarea></label>
    <p v-if="words" class="ys-error" role="alert"><ys-icon name="error"/>{{ words }}</p>
    <button type="submit" class="ys-btn ys-btn-main ys-btn-wide" :disabled="busy">{{ L[deed + '_send'] }}</button></form></ys-sheet>`,
};
