import { describe, expect, it } from 'vitest';
import {
  findKorean,
  isFormOf,
  stemsOf,
  withoutParticle,
} from '../../../../electron/generators/offline/koreanForms.ts';

const found = (term: string, text: string, predicate: boolean | null = null) =>
  findKorean(term, text, predicate).map(({ start, end }) => text.slice(start, end));

describe('conjugated forms', () => {
  it.each(
    `먹다 먹어요|먹다 먹었습니다|먹다 먹으면|먹다 먹는|먹다 먹을게요|먹다 먹고|먹다 먹겠어요|먹다 먹으세요|먹다 먹어봤어요|먹다 먹었던|먹다 먹지만
가다 가요|가다 갔다|가다 갈까요|가다 갑니다|가다 가면서|가다 가셨어요|가다 가는데|오다 와요|오다 왔어요|오다 옵니다|보다 봐요|보다 봤습니다
마시다 마셔요|마시다 마셨다|마시다 마십시다|배우다 배워요|배우다 배웠어요|주다 줘요|주다 주세요|되다 돼요|되다 됐어요|되다 되었습니다|쉬다 쉬었어요
보내다 보냈어요|켜다 켰어요|서다 섰다|하다 해요|하다 했어요|하다 하여|공부하다 공부했습니다|공부하다 공부할|있다 있어요|있다 있습니다|없다 없으면
춥다 추워요|춥다 추운|춥다 추웠어요|돕다 도와요|돕다 도울|돕다 도와주세요|눕다 누웠다|어렵다 어려운|가깝다 가까워요|굽다 구워요|맵다 매운|잡다 잡아요|입다 입었어요|좁다 좁은|뽑다 뽑았다
듣다 들어요|듣다 들었습니다|듣다 들으면|듣다 듣는|걷다 걸어요|묻다 물었다|싣다 실었다|깨닫다 깨달았다|받다 받았어요|닫다 닫으세요|믿다 믿어요
짓다 지었어요|짓다 짓는|낫다 나았어요|낫다 나으면|붓다 부어요|잇다 이어서|웃다 웃어요|씻다 씻었어요|벗다 벗으세요
모르다 몰라요|모르다 모르는|부르다 불렀어요|빠르다 빨라요|고르다 골라|다르다 달라요|흐르다 흘러|따르다 따라|치르다 치렀다|들르다 들렀어요|푸르다 푸르러|이르다 이르러|이르다 일러
빨갛다 빨간|빨갛다 빨개요|하얗다 하얘요|노랗다 노랗게|파랗다 파랬어요|그렇다 그래요|그렇다 그런데요|어떻다 어때요|좋다 좋은|좋다 좋아요|놓다 놓았다|넣다 넣으세요
쓰다 썼어요|바쁘다 바빠요|예쁘다 예뻐요|예쁘다 예쁜|예쁘다 예뻐졌어요|크다 커요|나쁘다 나빴다|슬프다 슬퍼요|끄다 껐어요|모으다 모았어요
살다 살아요|살다 삽니다|살다 사는|살다 사세요|살다 살면|만들다 만든|만들다 만드는|만들다 만들었어요|알다 압니다|놀다 놉시다|길다 긴|팔다 팔았어요|멀다 머네요
아니다 아니에요|아니다 아닙니다|앉다 앉으십시오|읽다 읽자마자|읽다 읽으려고|찾다 찾거든요|말하다 말하지마세요`
      .split(/[|\n]/)
      .map((pair) => pair.trim().split(' ') as [string, string]),
  )('%s: %s', (word, form) => {
    const stems = stemsOf(word);
    expect(stems !== null && isFormOf(form, stems)).toBe(true);
  });

  it.each(
    `먹다 먼저|먹다 먹이|먹다 먹구름|가다 가방|가다 가족|가다 가게를|사다 사람|사다 사과|살다 사고|살다 사자고|보다 보리|오다 오이|오다 오빠|듣다 들판|듣다 들어가방|춥다 추석|짓다 지하철|자다 자동차|좋다 조아요
크다 크리스마스|쓰다 쓰레기|하다 하늘|하다 하루|주다 주말|주다 주스|배우다 배우자들|서다 서울|타다 타조|기다리다 기다란|모르다 모래|빨갛다 빨래|입다 이웃|잡다 자우|받다 발아|웃다 우어요`
      .split(/[|\n]/)
      .map((pair) => pair.trim().split(' ') as [string, string]),
  )('%s is not in %s', (word, other) => {
    const stems = stemsOf(word);
    expect(stems !== null && isFormOf(other, stems)).toBe(false);
  });

  it('has no stems for what does not end in 다', () => {
    expect(['학교', '다', '먹', 'run', ''].map(stemsOf)).toEqual([null, null, null, null, null]);
  });
});

describe('finding a term in a sentence', () => {
  it.each([
    ['먹다', '밥을 먹었어요.', ['먹었어요']],
    ['학교', '학교에 갔다', ['학교']],
    ['학교', '우리 학교는 학교답다', ['학교']],
    ['학교', '초등학교에 갔다', []],
    ['물', '물이 차가워요', ['물']],
    ['물', '물건을 샀다', []],
    ['나', '나이가 많다', []],
    ['공부', '한국어를 공부했어요', ['공부']],
    ['친구', '제 친구들은 착해요', ['친구']],
    ['선생님', '우리 선생님이십니다', ['선생님']],
    ['의사', '저는 의사예요', ['의사']],
    ['학교에 가다', '매일 학교에 가요', ['학교에 가요']],
    ['마음에 들다', '이 옷이 마음에 들어요', ['마음에 들어요']],
    ['마음에 들다', '마음이 아파요', []],
    ['바다', '바다가 넓어요', ['바다']],
    ['있다', '책이 있고 펜도 있어요', ['있고', '있어요']],
    ['나다', '나는 땀이 났다', ['났다']],
    ['나다', '나는 학생이다', []],
    ['집', '집에서 집까지', ['집', '집']],
    ['안녕하세요', '안녕하세요, 여러분!', ['안녕하세요']],
  ])('%s in %s', (term, text, places) => expect(found(term, text)).toEqual(places));

  it('trusts a form of one syllable only where it stands alone', () => {
    expect(found('쓰다', '직접 쓴 글이에요')).toEqual(['쓴']);
    expect(found('쓰다', '쓴 약과 쓴 나물')).toEqual([]);
    expect(found('쓰다', '쓴 약이라고 썼어요')).toEqual(['썼어요']);
  });

  it('goes by the part of speech where it is known', () => {
    expect(found('가지', '가지 마세요', false)).toEqual(['가지']);
    expect(found('보다', '나보다 영화를 봤어요', true)).toEqual(['봤어요']);
    expect(found('먹다', '밥을 먹었어요', false)).toEqual([]);
  });

  it('takes a particle off only where a word is left', () => {
    expect(['학교에서', '친구를', '나는', '을', '도서관'].map(withoutParticle)).toEqual([
      '학교',
      '친구',
      '나는',
      '을',
      '도서관',
    ]);
  });
});
