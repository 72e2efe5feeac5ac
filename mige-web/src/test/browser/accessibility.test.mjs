// Accessibility: axe in all states and both themes, sizes of touch targets, focus, large text, forced colours.
import {test} from 'node:test';
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {
  click, context, example, open, page, screenshot, submitPrompt, testPage, visible,
  waitForResult, waitForText,
} from './page.mjs';
import {fillDialog, teach} from './teaching.mjs';

testPage({queue: 4, loras: true});

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const MIN_TARGET_PX = 40;
const PHONE = {viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true};

/** The states of the page, and how to reach each one from the one before. */
const STATES = {
  'empty page': async () => {},
  'error and settings': async () => {
    await click('#advanced summary');
    await click('#generate');
    await visible('#alert');
  },
  'menu of images': async () => {
    await example('edit');
    await waitForText('#source-title', /meadow/);
    await page.locator('#prompt').focus();
    await page.keyboard.type(' @');
    await visible('#menu');
  },
  'mask dialog': async () => {
    await page.keyboard.press('Escape');
    await click('#mask-open');
    await visible('#mask-canvas');
  },
  'running and queued jobs': async () => {
    await click('#mask-cancel');
    await click('#source-remove');
    await page.locator('#steps').fill('60');
    await submitPrompt('a dog slowly');
    await waitForText('#progress-text', /Step/);
    await page.locator('#steps').fill('2');
    await example('edit');
    await waitForText('#source-title', /meadow/);
    await click('#generate');
    await visible('#queue li');
  },
  'result with history': async () => {
    await click('#cancel');
    await waitForResult();
  },
  'result in full': async () => {
    await click('#enlarge');
    await visible('#lightbox');
  },
  'deleted entry': async () => {
    await click('#lightbox-close');
    await page.locator('.entry-tools button').last().focus();
    await page.keyboard.press('Enter');
    await visible('#toast button');
  },
  'images to teach': async () => {
    await fillDialog(`mug-${Date.now()}`, 2, 2);
    await click('#teach-start');
    await visible('#teach-alert');
  },
  'training': async () => {
    await page.keyboard.press('Escape');
    await fillDialog(`mug-${Date.now()}`, 2);
    await click('#teach-start');
    await visible('#teach-preview');
  },
  'LoRA in use': async () => {
    await click('#teach-cancel');
    await visible('#teach-form');
    await click('#teach-close');
    await teach(`mug-${Date.now()}`, 0.02);
    await visible('#loras .scale:not([hidden])');
  },
  'missing image': async () => {
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.setData('text/plain', 'a <image:lost>');
      const paste = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
      document.getElementById('prompt').dispatchEvent(paste);
    });
    await visible('.chip[data-missing=true]');
  },
  'key dialog': async () => {
    await page.route('**/v1/models', route => route.fulfill({status: 401, json: {error: {message: 'no key'}}}));
    await page.reload();
    await visible('#key');
    await page.locator('#key-input').fill('wrong');
    await click('#key-done');
    await visible('#key-wrong');
  },
  'no key': async () => {
    await click('#key-cancel');
    await visible('#key-open');
  },
};

async function violations() {
  await page.evaluate(AXE);
  const {violations: found} = await page.evaluate(() => axe.run(document, {resultTypes: ['violations']}));
  return found.flatMap(({id, nodes}) => nodes.map(({html, any}) => `${id}: ${html.slice(0, 90)} ${any[0]?.message}`));
}

test('axe finds nothing in any state, light or dark', async () => {
  const found = {};
  for (const [state, reach] of Object.entries(STATES)) {
    await reach();
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({colorScheme, reducedMotion: 'reduce'});
      await screenshot(`axe-${state.replaceAll(' ', '-')}-${colorScheme}`);
      const list = await violations();
      if (list.length) found[`${state}, ${colorScheme}`] = list;
    }
  }
  assert.deepEqual(found, {});
});

/** Elements that react to touch and are smaller than a finger, with what a label adds to them. */
const smallTargets = () => page.evaluate(min => {
  const selector = 'button, a[href], input, select, summary, [role=option], [role=button], [tabindex="0"], .prompt';
  const shown = e => e.checkVisibility() && !e.closest('[inert]');
  return [...document.querySelectorAll(selector)].filter(shown).filter(e => {
    const modal = document.querySelector('dialog[open]');
    return !modal || modal.contains(e);
  }).map(e => {
    const rects = [e, e.closest('label')].filter(Boolean).map(each => each.getBoundingClientRect());
    return [e.outerHTML.slice(0, 100), Math.max(...rects.map(r => r.width)), Math.max(...rects.map(r => r.height))];
  }).filter(([, width, height]) => width > 1 && (width < min || height < min));
}, MIN_TARGET_PX);

test('everything that reacts to touch is at least 40 px large on a phone, and nothing is cut off', async () => {
  await context.close();
  await open(PHONE);
  const found = {};
  for (const [state, reach] of Object.entries(STATES)) {
    await reach();
    await screenshot(`phone-${state.replaceAll(' ', '-')}`);
    const small = await smallTargets();
    if (small.length) found[state] = small;
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (overflow > 0) found[`${state}, width`] = overflow;
  }
  assert.deepEqual(found, {});
});

test('settings have the names that they have in other tools', async () => {
  await example('edit');
  await click('#advanced summary');
  assert.equal(await page.locator('#advanced summary').innerText(), 'Advanced');
  for (const name of ['Steps', 'Guidance', 'Image guidance', 'Images']) {
    await page.getByRole('slider', {name, exact: true}).waitFor();
  }
  await page.getByRole('textbox', {name: 'Seed', exact: true}).waitFor();
  await page.getByRole('button', {name: /^Mask/}).waitFor();
});

test('dialogs return the focus to where it was', async () => {
  await example('edit');
  await waitForText('#source-title', /meadow/);
  await page.locator('#mask-open').focus();
  await page.keyboard.press('Enter');
  await visible('#mask-canvas');
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'mask-open');
  await submitPrompt('a dog');
  await waitForResult();
  await page.locator('#enlarge').focus();
  await page.keyboard.press('Enter');
  await visible('#lightbox');
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'enlarge');
});

test('shows the focus of every control, also with forced colours', async () => {
  await example('edit');
  await click('#advanced summary');
  for (const forcedColors of ['none', 'active']) {
    await page.emulateMedia({forcedColors, reducedMotion: 'reduce'});
    await page.locator('#source-pick').focus();
    const seen = new Set();
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate(() => {
        const e = document.activeElement;
        if (e === document.body) return null;
        const shown = [e, e.closest('.prompt-box'), e.closest('.compare')].filter(Boolean).some(each => {
          const {outlineStyle, outlineWidth} = getComputedStyle(each);
          return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
        });
        return {name: e.id || e.outerHTML.slice(0, 60), shown};
      });
      if (!focused) break;
      assert.ok(focused.shown, `${focused.name} shows no focus with forced colours ${forcedColors}`);
      seen.add(focused.name);
    }
    assert.ok(seen.size >= 15, [...seen].join());
    await screenshot(`forced-colors-${forcedColors}`);
  }
});

test('fits text of double size and animates nothing when motion is reduced', async () => {
  await page.emulateMedia({reducedMotion: 'reduce'});
  await example('edit');
  await click('#advanced summary');
  await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
  await screenshot('text-200');
  const cut = await page.evaluate(() => [...document.querySelectorAll('button, label, summary, .prompt, #source-hint')]
    .filter(e => e.checkVisibility() && (e.scrollWidth > e.clientWidth + 1) && getComputedStyle(e).display !== 'inline')
    .map(e => `${e.id || e.textContent.trim()}: ${e.scrollWidth} > ${e.clientWidth}`));
  assert.deepEqual(cut, []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
  assert.ok(await page.evaluate(() => parseFloat(getComputedStyle(document.getElementById('generate')).fontSize)) > 24);
  await page.locator('#steps').fill('60');
  await submitPrompt('a dog slowly');
  await visible('#working');
  const animated = await page.evaluate(
    () => document.getAnimations().map(a => a.animationName ?? a.transitionProperty));
  assert.deepEqual(animated, []);
});
