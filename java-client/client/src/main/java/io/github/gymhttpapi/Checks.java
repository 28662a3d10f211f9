package io.github.gymhttpapi;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Options that cannot be, refused where they are set. */
final class Checks {
  private Checks() {}

  static long atLeast(long least, String name, long value) {
    if (value < least) {
      throw new IllegalArgumentException(name + " must be at least " + least + ", got " + value);
    }
    return value;
  }

  /** The one of the names that is meant, whose underscores and case do not matter. */
  static String oneOf(String option, String value, List<String> names) {
    for (String name : names) {
      if (plain(name).equals(plain(value))) {
        return name;
      }
    }
    String nearest =
        Collections.min(
            names, Comparator.comparingInt(name -> distance(plain(name), plain(value))));
    throw new IllegalArgumentException(
        option + " is one of " + names + ", got '" + value + "'; did you mean '" + nearest + "'?");
  }

  private static String plain(String name) {
    return name.replace("_", "").toLowerCase(Locale.ROOT);
  }

  /** How many letters must be put in, taken out or changed (Levenshtein). */
  private static int distance(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int changed = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, 1 + Math.min(row[j - 1], row[j]));
      }
    }
    return row[to.length()];
  }
}
