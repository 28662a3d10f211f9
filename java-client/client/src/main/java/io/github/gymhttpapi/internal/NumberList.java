package io.github.gymhttpapi.internal;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.RandomAccess;

/**
 * Lists of JSON numbers that lie in a primitive array and box an element only when it is asked for.
 */
abstract class NumberList extends AbstractList<Object> implements RandomAccess {

  abstract double doubleAt(int index);

  static final class Doubles extends NumberList {
    private final double[] elements;

    Doubles(double[] elements, int size) {
      this.elements = Arrays.copyOf(elements, size);
    }

    @Override
    public Double get(int index) {
      return elements[index];
    }

    @Override
    public int size() {
      return elements.length;
    }

    @Override
    double doubleAt(int index) {
      return elements[index];
    }
  }

  static final class Longs extends NumberList {
    private final long[] elements;

    Longs(long[] elements, int size) {
      this.elements = Arrays.copyOf(elements, size);
    }

    @Override
    public Long get(int index) {
      return elements[index];
    }

    @Override
    public int size() {
      return elements.length;
    }

    @Override
    double doubleAt(int index) {
      return elements[index];
    }

    long longAt(int index) {
      return elements[index];
    }
  }
}
