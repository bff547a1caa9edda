/** Endings and particles of Korean as patterns over letters (NFD) and over syllables; koreanForms.ts joins them to stems. */

const FINAL_LETTERS = 'ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ';

/** Endings as letters; a consonant that stands alone at the start closes the stem's last syllable. */
function endings(list: string): string {
  return list
    .trim()
    .split(/\s+/)
    .map((ending) => {
      const at = FINAL_LETTERS.indexOf(ending[0] ?? ' ');
      return (at >= 0 ? String.fromCharCode(0x11a8 + at) + ending.slice(1) : ending).normalize('NFD');
    })
    .join('|');
}

const QUOTED = '고 고요 고도 는 는데 니 니까 면 면서 던 네 네요 지 지만 며 나 라도';
const quoted = (stem: string) => [stem, ...QUOTED.split(' ').map((tail) => stem + tail)].join(' ');

/** Endings that follow every stem, and 겠, 었, 시 too where it makes sense. */
const AFTER_CONSONANT = `
  ${quoted('다')} 고 고요 고서 고는 고도 고자 고야 지 지요 죠 지만 지는 지도 지를 질 지마 지마세요 지않아요 지않다 지않은 지못해요 지못했어요
  게 게요 게도 게끔 게는 도록 기 기는 기도 기를 기가 기에 기에는 기로 기만 기까지 기보다 기보다는 기때문에 기전에 긴 길
  네 네요 나 나요 냐 냐고 니 던 던데 던데요 던가 던지 더라 더라고 더라고요 더라도 더니 더군 더군요
  든 든지 든가 거나 거든 거든요 건 구나 군 군요 구만 구먼 는구나 는군 는군요
  는 는데 는데요 는데도 는데다가 는지 는지요 는지도 는지를 는가 는가요 는걸 는걸요 느냐 느냐고 느라 느라고 는다 는다고 는다는 는다면 는대 는대요 는단다 는답니다
  자 자고 자는 자마자 자면 잖아 잖아요 잖니 잖습니까 습니다 습니다만 습니까 소 다가 다가도 다니 다는 단다 답니다 대 대요 듯 듯이 길래 기에`;
const AFTER_EU = `
  면 면서 면서도 면은 며 니 니까 니깐 니까요 려 려고 려고요 려면 려는 려다 려다가 려던 러 므로 나 마 라 라고 라는 라며 라면 라니 래 래요 랴
  ㄴ ㄴ데 ㄴ데요 ㄴ데도 ㄴ지 ㄴ지요 ㄴ지도 ㄴ지를 ㄴ가 ㄴ가요 ㄴ걸 ㄴ걸요 ㄴ들 ㄴ채 ㄴ적 ㄴ후 ㄴ듯 ㄴ단다 ㄴ답니다
  ㄴ다 ㄴ다고 ㄴ다고요 ㄴ다는 ㄴ다면 ㄴ다며 ㄴ다니 ㄴ다지만 ㄴ대 ㄴ대요 ㄴ다네
  ㄹ ㄹ게 ㄹ게요 ㄹ까 ㄹ까요 ㄹ까봐 ㄹ래 ㄹ래요 ㄹ수록 ㄹ지 ㄹ지도 ㄹ지요 ㄹ지를 ㄹ걸 ㄹ걸요 ㄹ지라도 ㄹ테니 ㄹ테니까 ㄹ때 ㄹ수 ㄹ거예요 ㄹ거야 ㄹ듯 ㄹ만한 ㄹ만큼 ㄹ텐데 ㄹ텐데요
  ㅁ ㅁ을 ㅁ이 ㅁ은 ㅁ과 ㅁ으로 ㅁ으로써 ㅁ에도 ㅂ니다 ㅂ니다만 ㅂ니까 ㅂ시다 ㅂ시오 ㅂ디다`;
const AFTER_INFINITIVE = `
  요 서 서요 서는 서도 서야 도 도요 야 야지 야지요 야죠 야만 야겠다 야겠어요 야겠습니다 야해요 야합니다 야한다 야했다 야했어요 야할 라 라고 라도 다 다가 지 놓고 두고 가지고`;
const AFTER_PAST = `
  어 어요 어도 어야 어서 어라 으면 으면서 으니 으니까 으니까요 으며 으나 으므로 을 을까 을까요 을지 을지도 을걸 을걸요 을때 을텐데 을텐데요 을테니 을거예요 음 음을 음이 음에도 은 은데 은데요 은들`;

const A = endings(AFTER_CONSONANT);
const PAST = `(?:${A}|${endings(AFTER_PAST)})`;
const SS = '\u11bb';
/** 겠 and 었 in turn: 먹었었겠다. */
const TENSES = `(?:어${SS}|겠)`.normalize('NFD');
const WILL = `(?:${'겠'.normalize('NFD')}${PAST})`;
const PLAIN_TAIL = `(?:${A}|${WILL})`;
const EU_TAIL = `(?:${endings(AFTER_EU)})`;
const INFINITIVE_TAIL = `(?:|${endings(AFTER_INFINITIVE)}|${SS}${TENSES}*${PAST})`;
const HONORIFIC = `(?:${'시'.normalize('NFD')}(?:${PLAIN_TAIL}|${EU_TAIL}|어요)|${'셔'.normalize('NFD')}${INFINITIVE_TAIL}|${endings('세요 세 십시오 시옵')})`;
const EU_ALL = `(?:${EU_TAIL}|${HONORIFIC})`;
/** Helping verbs that are often written together: 먹어보세요, 도와줬어요, 예뻐졌어요. */
const HELPERS = (
  [
    ['주', '줘 주어'],
    ['보', '봐 보아'],
    ['버리', '버려 버리어'],
    ['지', '져 지어'],
    ['드리', '드려 드리어'],
    ['놓', '놓아 놔'],
    ['있', '있어'],
  ] as const
)
  .map(([stem, infinitives]) => {
    const nfd = stem.normalize('NFD');
    const euStem = /[\u11a8-\u11ff]$/.test(nfd) ? `${nfd}${'으'.normalize('NFD')}` : nfd;
    return `${nfd}${PLAIN_TAIL}|${euStem}${EU_ALL}|(?:${infinitives.normalize('NFD').replace(' ', '|')})${INFINITIVE_TAIL}`;
  })
  .join('|');

const tail = (source: string) => new RegExp(`^(?:${source})$`.normalize('NFD'));
/** What may follow each kind of stem, to the end of the token. */
export const PLAIN_REST = tail(PLAIN_TAIL);
export const EU_REST = tail(EU_ALL);
export const INFINITIVE_REST = tail(`${INFINITIVE_TAIL}|${HELPERS}`);
/** What a ㄹ stem without its ㄹ may be followed by. */
export const DROPPED_START = /^[\u11ab\u11af\u11b8\u1102\u1109]/;

/** Particles, longest first in each row; up to three in turn (에서부터는). */
const PARTICLE = [
  '에게서부터 에게서는 에게서도 에서부터 으로부터 로부터 에게서 한테서 에서는 에서도 에서의 에서만 에게는 에게도 한테는 한테도 으로는 으로도 으로서 으로써',
  '이라고 이라는 이라도 이라면 이라서 이나마 이라 라고 라는 라도 라면 라서 라 이란 란 까지 부터 마다 조차 마저 밖에 처럼 만큼 보다 같이 대로 이나 나 이랑 랑 이며 며 하고 에게 한테 께서 께 더러 보고',
  '에서 으로 로서 로써 로 에다가 에다 에는 에도 에만 에 의 을 를 이 가 은 는 와 과 도 만 뿐 요 들 님 씩 쯤 아 야 여 이여',
].join(' ');
/** The copula 이다, which is written together with its noun. */
const COPULA = `이다 다 입니다 입니까 예요 이에요 에요 이야 야 이고 고 이지만 지만 이지 지 이네요 네요 이었다 였다 이었어요 였어요 이었습니다 였습니다 인 인데 인데요 인가요 인지 일 일까요 이면 면 이니까 니까 이며 며 이죠 죠 이랍니다 랍니다 이었던 였던 이었고 였고 이든지 든지 이기 이라며 라며 이라니 이었지만 였지만 이잖아요 잖아요 이십니다 십니다 이세요 세요 이셨어요 셨어요 이신 신`;
const alternatives = (list: string) =>
  list
    .split(' ')
    .toSorted((a, b) => b.length - a.length)
    .join('|');
export const PARTICLES = new RegExp(`^(?:${alternatives(PARTICLE)}){0,3}(?:${alternatives(COPULA)})?$`);
/** After one syllable a chain of short particles is more likely another word (나이가). */
export const FEW_PARTICLES = new RegExp(`^(?:(?:${alternatives(PARTICLE)})|${alternatives(COPULA)})?$`);
/** Particles that do not go with a noun that ends in a consonant, or in a vowel. */
export const NOT_AFTER_FINAL = /^(?:가|는|를|와|랑|여$|예요|였)/;
export const NOT_AFTER_VOWEL = /^(?:은|을|과|으로|이(?:$|가|랑|나|도|는|라도)|아$)/;
export const ONE_PARTICLE = new RegExp(`^(.{2,}?)(?:${alternatives(PARTICLE)}){1,2}$`);
