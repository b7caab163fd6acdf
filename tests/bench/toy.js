export default {
  template: `<div><p id="said">{{ said.join('|') }}</p><p id="connects">{{ connects }}</p><input id="text" v-model="text"><button @click="say">say</button></div>`,
  data: () => ({ said: [], connects: 0, text: '' }),
  mounted() {
    this.text = YS.draft.get('toy') || '';
    this.offs = [
      YS.live.on('room:1', (f) => this.said.push(f.text)),
      YS.live.onConnect(() => this.connects++),
    ];
    YS.outbox.flush(this, 'say');
  },
  unmounted() { this.offs.forEach((off) => off()); },
  watch: { text(value) { YS.draft.set('toy', value); } },
  methods: {
    say() {
      const id = YS.id();
      const text = this.text;
      this.text = '';
      return YS.outbox.send(this, 'say', { text, client_id: id }, id);
    },
  },
};
