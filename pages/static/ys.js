/* Page-wide small things: what the reader prefers, and the height that is really visible above a keyboard. */
(function () {
  'use strict';
  const YS = (window.YS = window.YS || {});
  const root = document.documentElement;
  const YEAR = 31536000;

  function cookie(name) {
    const found = document.cookie.split('; ').find((part) => part.startsWith(name + '='));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : '';
  }
  function remember(name, value) {
    const secure = location.protocol === 'https:' ? '; Secure' : '';
    document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${value ? YEAR : 0}; SameSite=Lax${secure}`;
  }
  const night = window.matchMedia('(prefers-color-scheme: dark)');

  function isDark() {
    const wish = cookie('ys_theme');
    return wish === 'dark' || (wish !== 'light' && night.matches);
  }
  function apply() {
    const dark = isDark();
    root.classList.toggle('ys-dark', dark);
    root.classList.toggle('ys-large', cookie('ys_large') === '1');
    root.lang = cookie('ys_locale') || 'zh-CN';
    const colour = document.querySelector('meta[name="theme-color"]');
    if (colour) colour.content = dark ? '#1e2124' : '#ffffff';
    if (window.Quasar && window.Quasar.Dark) window.Quasar.Dark.set(dark);
  }

  YS.prefs = {
    get() {
      return { theme: cookie('ys_theme') || 'auto', large: cookie('ys_large') === '1', locale: cookie('ys_locale') || 'zh-CN' };
    },
    set(change) {
      if ('theme' in change) remember('ys_theme', change.theme === 'auto' ? '' : change.theme);
      if ('large' in change) remember('ys_large', change.large ? '1' : '');
      apply();
      if ('locale' in change && change.locale !== this.get().locale) {
        const here = location.pathname + location.search; // the page has told the server, which keeps it with the member
        location.assign(`/prefs?locale=${change.locale}&next=${encodeURIComponent(here)}`);
      }
    },
  };
  night.addEventListener('change', apply);
  document.addEventListener('DOMContentLoaded', apply);

  /* A keyboard shrinks the visual viewport; pages that fill the screen follow it, so nothing lies beneath the keys. */
  const view = window.visualViewport;
  function fit() {
    const height = view ? view.height * (view.scale || 1) : window.innerHeight;
    root.style.setProperty('--ys-vh', Math.round(height) + 'px');
    root.style.setProperty('--ys-vt', Math.round(view && view.scale === 1 ? view.offsetTop : 0) + 'px');
    root.classList.toggle('ys-keys', window.innerHeight - height > 140);
  }
  if (view) {
    view.addEventListener('resize', fit);
    view.addEventListener('scroll', fit);
  }
  window.addEventListener('resize', fit);
  fit();
})();
