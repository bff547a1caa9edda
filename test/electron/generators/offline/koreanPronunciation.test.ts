import { describe, expect, it } from 'vitest';
import { pronounce } from '../../../../electron/generators/offline/koreanPronunciation.ts';

const sound = (term: string, sino = false) =>
  pronounce(term, { predicate: term.endsWith('다'), noun: !term.endsWith('다'), sino });

describe('standard pronunciation and romanisation', () => {
  it.each(
    `학교 학꾜 hakgyo|한국어 한구거 hangugeo|같이 가치 gachi|신라 실라 silla|독립 동닙 dongnip|국물 궁물 gungmul|좋아요 조아요 joayo|많다 만타 manta
넓다 널따 neolda|밟다 밥따 bapda|읽다 익따 ikda|앉다 안따 anda|없다 업따 eopda|값이 갑씨 gapsi|닭 닥 dak|여덟 여덜 yeodeol|못하다 모타다 motada
금요일 그묘일 geumyoil|월요일 워료일 woryoil|목요일 모교일 mogyoil|석유 서규 seogyu|필요 피료 piryo|음악 으막 eumak|난로 날로 nallo|칼날 칼랄 kallal
담력 담녁 damnyeok|강릉 강능 gangneung|협력 혐녁 hyeomnyeok|굳이 구지 guji|해돋이 해도지 haedoji|닫히다 다치다 dachida|밝히다 발키다 balkida|축하 추카 chukha
희망 히망 huimang|의사 의사 uisa|꽃잎 꼰닙 kkonnip|십육 심뉵 simnyuk|맛없다 마덥따 madeopda|손가락 손까락 songarak|물고기 물꼬기 mulgogi|발전 발쩐 baljeon
신다 신따 sinda|감자 감자 gamja|친구 친구 chingu|전기 전기 jeongi|있어요 이써요 isseoyo|부엌 부억 bueok|뚫는 뚤른 ttulleun|안녕하세요 안녕하세요 annyeonghaseyo`
      .split(/[|\n]/)
      .map((row) => row.trim().split(' ') as [string, string, string]),
  )('%s [%s] %s', (term, reading, romanisation) => {
    expect(sound(term)).toEqual({ reading, romanisation });
  });

  it('keeps words apart at spaces', () => {
    expect(sound('학교에 가다')).toEqual({ reading: '학꾜에 가다', romanisation: 'hakgyoe gada' });
  });

  it('does not guess where the spelling leaves it open, and decides it by the characters', () => {
    expect(sound('일시')).toEqual({ reading: null, romanisation: 'ilsi' });
    expect(sound('일시', true)).toEqual({ reading: '일씨', romanisation: 'ilsi' });
    const unsaid = { predicate: false, noun: false, sino: false };
    expect(pronounce('신다', unsaid)).toEqual({ reading: null, romanisation: 'sinda' });
  });

  it('says nothing of what is not Hangul throughout', () => {
    for (const term of ['', ' ', '10월', 'K-pop', '학교!', 'ㅋㅋ', '学校', '가'.repeat(41)]) {
      expect(sound(term)).toBeNull();
    }
  });
});
