/** The few statistics that say whether a difference is more than chance. */

export type Sample = {
  readonly count: number;
  readonly sum: number;
  /** Of the squares. */
  readonly squares: number;
};
export type WelchTest = {
  readonly t: number;
  readonly degrees: number;
  /** Two-sided. */
  readonly p: number;
};

/**
 * Whether two samples have the same mean, whatever their variances: Welch's t test with the degrees of freedom of
 * Welch and Satterthwaite (B. L. Welch, "The generalization of 'Student's' problem when several different population
 * variances are involved", Biometrika 34, 1947). `null` below two values a side.
 */
export function welchTest(a: Sample, b: Sample): WelchTest | null {
  if (a.count < 2 || b.count < 2) return null;
  const difference = a.sum / a.count - b.sum / b.count;
  const partA = variance(a) / a.count;
  const partB = variance(b) / b.count;
  const spread = partA + partB;
  if (spread === 0) {
    // No value differs from its fellows: the means are either the same or not.
    return {
      t: difference === 0 ? 0 : Infinity * Math.sign(difference),
      degrees: a.count + b.count - 2,
      p: difference === 0 ? 1 : 0,
    };
  }
  const t = difference / Math.sqrt(spread);
  const degrees = spread ** 2 / (partA ** 2 / (a.count - 1) + partB ** 2 / (b.count - 1));
  return { t, degrees, p: studentTail(t, degrees) };
}

/** Of the population, from a sample; what rounding leaves of equal values counts as none. */
export function variance({ count, sum, squares }: Sample): number {
  if (count < 2) return 0;
  const around = squares - (sum * sum) / count;
  return around <= squares * 1e-12 ? 0 : around / (count - 1);
}

/** Probability of a |t| at least as large: I_x(n/2, 1/2) at x = n / (n + t²) (NIST DLMF 8.17; Abramowitz & Stegun 26.7.1). */
export function studentTail(t: number, degrees: number): number {
  if (!Number.isFinite(t)) return 0;
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** Probability of a standard normal value above z. */
export function normalTail(z: number): number {
  // P(1/2, z²/2) is what lies within ±z; for the tail itself the continued fraction keeps its digits.
  const half = (z * z) / 2;
  const outside = half < 1.5 ? 1 - gammaSeries(half) : gammaFraction(half);
  return z >= 0 ? outside / 2 : 1 - outside / 2;
}

/**
 * Adjusted p values that hold the share of false finds among all finds at the level they are compared with: Benjamini
 * and Hochberg, "Controlling the False Discovery Rate", J. R. Statist. Soc. B 57, 1995. NaN stays NaN and is not
 * counted as a test. It holds for tests that depend on each other positively, as those of a span and its children do
 * (Benjamini and Yekutieli, Ann. Statist. 29, 2001).
 */
export function benjaminiHochberg(p: ArrayLike<number>): Float64Array {
  const adjusted = Float64Array.from(p);
  const tests = Array.from(adjusted.keys()).filter((i) => !Number.isNaN(adjusted[i]!));
  tests.sort((a, b) => adjusted[b]! - adjusted[a]!);
  let least = 1;
  for (const [at, i] of tests.entries()) {
    const rank = tests.length - at;
    least = Math.min(least, (adjusted[i]! * tests.length) / rank);
    adjusted[i] = least;
  }
  return adjusted;
}

/** Regularised incomplete beta function by its continued fraction (NIST DLMF 8.17.22), evaluated by Lentz's method. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast on this side; the other is its mirror image.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    a * Math.log(x) + b * Math.log1p(-x) - logGamma(a) - logGamma(b) + logGamma(a + b) - Math.log(a),
  );
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / guarded(1 - ((a + b) * x) / (a + 1), tiny);
  let value = d;
  for (let m = 1; m <= 500; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guarded(1 + even * d, tiny);
    c = guarded(1 + even / c, tiny);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guarded(1 + odd * d, tiny);
    c = guarded(1 + odd / c, tiny);
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return Math.min(1, front * value);
}

function guarded(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

/** P(1/2, x) by its series (NIST DLMF 8.7.1). */
function gammaSeries(x: number): number {
  if (x === 0) return 0;
  let term = 2;
  let sum = term;
  for (let n = 1; n < 500 && term > sum * 1e-16; n += 1) {
    term *= x / (0.5 + n);
    sum += term;
  }
  return (Math.sqrt(x) * Math.exp(-x) * sum) / Math.sqrt(Math.PI);
}

/** Q(1/2, x) by its continued fraction (NIST DLMF 8.9.2), evaluated by Lentz's method. */
function gammaFraction(x: number): number {
  const tiny = 1e-300;
  let b = x + 0.5;
  let c = 1 / tiny;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < 500; n += 1) {
    const a = -n * (n - 0.5);
    b += 2;
    d = 1 / guarded(a * d + b, tiny);
    c = guarded(b + a / c, tiny);
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return (Math.sqrt(x) * Math.exp(-x) * value) / Math.sqrt(Math.PI);
}

/** ln Γ(x) for x > 0: Stirling's series (NIST DLMF 5.11.1) after moving x above 10, good to 1e-14. */
function logGamma(x: number): number {
  let shift = 0;
  let at = x;
  for (; at < 10; at += 1) shift += Math.log(at);
  const inverse = 1 / at;
  const square = inverse * inverse;
  const series =
    inverse *
    (1 / 12 -
      square *
        (1 / 360 -
          square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - square * (691 / 360360))))));
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
