/**
 * Words whose sound does not follow from their spelling: a seam between two words inserts [ㄴ], hardens a
 * consonant or closes a syllable. Each is respelled so that the regular rules then give its standard
 * pronunciation. Common words only; an unlisted compound is read as it is spelled.
 */
const PAIRS = `
꽃잎 꼰닙|깻잎 깬닙|나뭇잎 나문닙|색연필 생년필|담요 담뇨|한여름 한녀름|서울역 서울력|강남역 강남녁|십육 심뉵|
식용유 시굥뉴|홑이불 혼니불|솜이불 솜니불|맨입 맨닙|콩엿 콩녓|알약 알략|물약 물략|두통약 두통냑|소독약 소동냑|
지하철역 지하철력|맛없 마덥|멋없 머덥|값있 가빗|값없 가법|첫인상 처딘상|겉옷 거돋|헛웃음 허두슴|옷걸이 옫꺼리|
손가락 손까락|발가락 발까락|물고기 물꼬기|봄비 봄삐|안과 안꽈|내과 내꽈|외과 외꽈|문법 문뻡|인기 인끼|한자 한짜|
성격 성껵|사건 사껀|조건 조껀|안건 안껀|요건 요껀|여건 여껀|물가 물까|여권 여꿘|인격 인껵|평가 평까|글자 글짜|
눈동자 눈똥자|산길 산낄|강가 강까|길가 길까|바닷가 바닫까|술집 술찝|빵집 빵찝|용돈 용똔|비빔밥 비빔빱|
아침밥 아침빱|손바닥 손빠닥|발바닥 발빠닥|장점 장쩜|단점 단쩜|초점 초쩜|관점 관쩜|문제점 문제쩜|헌법 헌뻡|
안방 안빵|밤중 밤쭝|등불 등뿔|눈사람 눈싸람|의견란 의견난|생산량 생산냥|결단력 결딴녁|음운론 으문논|판단력 판단녁|
등산로 등산노|온라인 온나인|신라면 신나면|열심히 열씸히|결정 결쩡|결석 결썩|결승 결씅|결심 결씸|발전 발쩐|
발달 발딸|발생 발쌩|출장 출짱|출산 출싼|일정 일쩡|일상 일쌍|일주일 일쭈일|실수 실쑤|실시 실씨|실제 실쩨|
실전 실쩐|질서 질써|물질 물찔|절대 절때|철저 철쩌|갈등 갈뜽|활동 활똥|활성 활썽|설정 설쩡|설득 설뜩|솔직 솔찍|
열정 열쩡|팔십 팔씹|칠십 칠씹|필수 필쑤|별도 별또|밀접 밀쩝|출신 출씬|출석 출썩|달성 달썽|울산 울싼|팔자 팔짜|
일자리 일짜리|발자국 발짜국|결제 결쩨|물속 물쏙|할지 할찌|갈대 갈때`;

const RESPELLED: ReadonlyMap<string, string> = new Map(
  PAIRS.trim()
    .split('|')
    .flatMap((pair) => {
      const [word, sound] = pair.trim().split(' ');
      return word === undefined || sound === undefined ? [] : [[word, sound]];
    }),
);
const LONGEST = Math.max(...[...RESPELLED.keys()].map((word) => word.length));
/** What may follow a listed word: a longer word that only begins alike ('한자리') is another word. */
const TAIL = /^(?:(?:하|되|시키|스럽|롭|이)?다|하게|히|적|이|가|을|를|은|는|들|의|도|에|에서|으로|로)?$/;

/** `word` with a listed word at its start respelled (`인기가` too), syllable for syllable, or as it was. */
export function respelled(word: string): string {
  for (let length = Math.min(LONGEST, word.length); length >= 2; length--) {
    const sound = RESPELLED.get(word.slice(0, length));
    if (sound !== undefined && TAIL.test(word.slice(length))) return sound + word.slice(length);
  }
  return word;
}
