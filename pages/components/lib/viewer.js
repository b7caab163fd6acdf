// A picture, full screen: pinch and double tap make it larger, a swipe leads to the next, a pull down, the back button or Esc closes.
import { Icon } from 'ys/base.js';

const LARGE = 2.5; // times, by a double tap
const LARGEST = 6;
const TAP = 12; // px a finger may tremble and still tap
const TWICE = 280; // ms within which a second tap makes it a double tap
const FAR = 60; // px of a swipe that leads on, and of a pull that closes

const apart = ([a, b]) => Math.hypot(a.x - b.x, a.y - b.y);
const middle = ([a, b]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

export const Viewer = {
  name: 'YsViewer',
  components: { YsIcon: Icon },
  props: { pictures: Array, start: Number, labels: Object },
  emits: ['close', 'first'],
  data() { return { seq: this.start, scale: 1, x: 0, y: 0, moving: false }; },
  computed: {
    at() { return Math.max(0, this.pictures.findIndex((m) => m.seq === this.seq)); },
    m() { return this.pictures[this.at]; },
    pulled() { return this.scale === 1 ? Math.max(0, this.y) : 0; },
    pose() { return { transform: `translate(${this.x}px, ${this.y}px) scale(${this.scale})`, transition: this.moving ? 'none' : '' }; },
  },
  watch: { m(now) { if (!now) this.$emit('close'); } }, // recalled, and the last there was
  mounted() {
    this.fingers = new Map();
    this.$el.showModal();
    // The back button of a phone closes the picture, not the room.
    history.pushState({ ...history.state, ysViewer: true }, '');
    this.back = () => { this.left = true; this.$emit('close'); };
    window.addEventListener('popstate', this.back);
    this.reach();
  },
  beforeUnmount() {
    clearTimeout(this.tapTimer);
    window.removeEventListener('popstate', this.back);
    if (!this.left && history.state && history.state.ysViewer) history.back();
    if (this.$el.open) this.$el.close();
  },
  methods: {
    rest() { Object.assign(this, { scale: 1, x: 0, y: 0, moving: false }); },
    reach() { if (this.at === 0) this.$emit('first'); },
    go(step) {
      const next = this.pictures[this.at + step];
      this.rest();
      if (!next) return;
      this.seq = next.seq;
      this.reach();
    },
    /** Make it `scale` times as large, with the point `at` staying under the finger. */
    zoom(scale, at) {
      const to = Math.min(LARGEST, Math.max(1, scale));
      const box = this.$refs.stage.getBoundingClientRect();
      const from = { x: at.x - box.left - box.width / 2 - this.x, y: at.y - box.top - box.height / 2 - this.y };
      this.x += from.x * (1 - to / this.scale);
      this.y += from.y * (1 - to / this.scale);
      this.scale = to;
      this.keepInside();
    },
    keepInside() {
      const image = this.$refs.image;
      if (!image) return;
      const { clientWidth: w, clientHeight: h } = this.$refs.stage;
      const room = { x: Math.max(0, (image.clientWidth * this.scale - w) / 2), y: Math.max(0, (image.clientHeight * this.scale - h) / 2) };
      this.x = Math.min(room.x, Math.max(-room.x, this.x));
      this.y = Math.min(room.y, Math.max(-room.y, this.y));
    },
    flip(at) {
      const box = this.$refs.stage.getBoundingClientRect();
      if (this.scale > 1) this.rest();
      else this.zoom(LARGE, at || { x: box.left + box.width / 2, y: box.top + box.height / 2 });
    },
    down(event) {
      this.$refs.stage.setPointerCapture(event.pointerId);
      this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      this.moving = true;
      if (this.fingers.size === 1) this.first = { x: event.clientX, y: event.clientY, onImage: event.target === this.$refs.image, far: false };
      else if (this.first) this.first.far = true; // two fingers are never a tap
    },
    move(event) {
      const known = this.fingers.get(event.pointerId);
      if (!known) return;
      const before = [...this.fingers.values()].map((one) => ({ ...one }));
      const step = { x: event.clientX - known.x, y: event.clientY - known.y };
      Object.assign(known, { x: event.clientX, y: event.clientY });
      if (this.fingers.size === 2) {
        const now = [...this.fingers.values()];
        this.zoom(this.scale * (apart(now) / Math.max(1, apart(before))), middle(now));
        return;
      }
      if (Math.hypot(event.clientX - this.first.x, event.clientY - this.first.y) > TAP) this.first.far = true;
      this.x += step.x;
      this.y += step.y;
      if (this.scale > 1) this.keepInside();
    },
    up(event) {
      if (!this.fingers.delete(event.pointerId) || this.fingers.size) return;
      this.moving = false;
      const { x, y } = this;
      if (!this.first.far) this.tap({ x: event.clientX, y: event.clientY });
      else if (this.scale > 1) this.keepInside();
      else if (y > FAR && y > Math.abs(x)) this.$emit('close');
      else if (Math.abs(x) > FAR) this.go(x < 0 ? 1 : -1);
      else this.rest();
    },
    tap(at) {
      if (this.tapTimer) {
        clearTimeout(this.tapTimer);
        this.tapTimer = 0;
        this.flip(at);
        return;
      }
      if (this.scale === 1) this.x = this.y = 0;
      const beside = !this.first.onImage;
      this.tapTimer = setTimeout(() => {
        this.tapTimer = 0;
        if (beside) this.$emit('close');
      }, TWICE);
    },
    lost(event) {
      this.fingers.delete(event.pointerId);
      if (!this.fingers.size) this.rest();
    },
    wheel(event) { this.zoom(this.scale * (event.deltaY < 0 ? 1.15 : 1 / 1.15), { x: event.clientX, y: event.clientY }); },
    key(event) {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step) this.go(step);
    },
  },
  template: `<dialog class="ys-viewer" :aria-label="labels.picture" @cancel.prevent="$emit('close')" @keydown="key">
    <div ref="stage" class="ys-viewer-stage" :style="{opacity: 1 - Math.min(pulled, 300) / 500}" @pointerdown="down" @pointermove="move" @pointerup="up" @pointercancel="lost" @wheel.prevent="wheel"><img v-if="m" ref="image" :key="m.seq" :src="m.image.url" :style="pose" :alt="labels.image_by + ' ' + m.sender.name" draggable="false"></div>
    <button type="button" class="ys-icon-btn ys-viewer-close" :aria-label="labels.close" @click="$emit('close')"><ys-icon name="close"/></button>
    <span v-if="pictures.length > 1" class="ys-viewer-count" role="status">{{ at + 1 }} / {{ pictures.length }}</span>
    <button type="button" class="ys-btn ys-viewer-zoom" :aria-pressed="scale > 1 ? 'true' : 'false'" @click="flip()">{{ scale > 1 ? labels.zoom_out : labels.zoom_in }}</button></dialog>`,
};
