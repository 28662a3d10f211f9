package io.github.gymhttpapi.rl4j;

import io.github.gymhttpapi.NDArray;
import io.github.gymhttpapi.space.Box;
import io.github.gymhttpapi.space.Dict;
import io.github.gymhttpapi.space.Discrete;
import io.github.gymhttpapi.space.MultiBinary;
import io.github.gymhttpapi.space.MultiDiscrete;
import io.github.gymhttpapi.space.Space;
import io.github.gymhttpapi.space.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.rl4j.space.ObservationSpace;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Values of a space as one vector of doubles, in the way of {@code gymnasium.spaces.flatten}. */
final class Flattener {
  private final Space space;
  private final double[] low;
  private final double[] high;

  private Flattener(Space space, double[] low, double[] high) {
    this.space = space;
    this.low = low;
    this.high = high;
  }

  static Flattener of(Space space) {
    List<double[]> bounds = new ArrayList<>();
    bound(space, bounds);
    int size = bounds.stream().mapToInt(pair -> pair.length / 2).sum();
    double[] low = new double[size];
    double[] high = new double[size];
    int at = 0;
    for (double[] pair : bounds) {
      int length = pair.length / 2;
      System.arraycopy(pair, 0, low, at, length);
      System.arraycopy(pair, length, high, at, length);
      at += length;
    }
    return new Flattener(space, low, high);
  }

  /** Adds the lower bounds of each leaf of the space, followed by its upper bounds. */
  private static void bound(Space space, List<double[]> bounds) {
    if (space instanceof Box) {
      Box box = (Box) space;
      bounds.add(concat(box.low().doubles(), box.high().doubles()));
    } else if (space instanceof Discrete) {
      bounds.add(unit(Math.toIntExact(((Discrete) space).n())));
    } else if (space instanceof MultiDiscrete) {
      long total = Arrays.stream(((MultiDiscrete) space).nvec().longs()).sum();
      bounds.add(unit(Math.toIntExact(total)));
    } else if (space instanceof MultiBinary) {
      bounds.add(unit(Arrays.stream(((MultiBinary) space).shape()).reduce(1, Math::multiplyExact)));
    } else if (space instanceof Tuple) {
      ((Tuple) space).spaces().forEach(part -> bound(part, bounds));
    } else if (space instanceof Dict) {
      ((Dict) space).spaces().values().forEach(part -> bound(part, bounds));
    } else {
      throw new IllegalArgumentException(
          "Observations of " + space + " have no fixed length, RL4J needs one");
    }
  }

  private static double[] concat(double[] first, double[] second) {
    double[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static double[] unit(int length) {
    double[] bounds = new double[2 * length];
    Arrays.fill(bounds, length, 2 * length, 1);
    return bounds;
  }

  double[] flatten(@Nullable Object observation) {
    double[] vector = new double[low.length];
    int end = write(space, observation, vector, 0);
    if (end != vector.length) {
      throw new IllegalStateException(
          "An observation has " + end + " numbers, the space says " + vector.length);
    }
    return vector;
  }

  /** Writes a value from the given position on; returns the position after it. */
  private static int write(Space space, @Nullable Object value, double[] vector, int at) {
    if (space instanceof Discrete) {
      Discrete discrete = (Discrete) space;
      return oneHot((Long) value - discrete.start(), discrete.n(), vector, at);
    }
    if (space instanceof MultiDiscrete) {
      return oneHots((MultiDiscrete) space, (NDArray) value, vector, at);
    }
    int next = at;
    if (space instanceof Tuple) {
      List<Space> parts = ((Tuple) space).spaces();
      for (int i = 0; i < parts.size(); i++) {
        next = write(parts.get(i), ((List<?>) value).get(i), vector, next);
      }
      return next;
    }
    if (space instanceof Dict) {
      for (Map.Entry<String, Space> part : ((Dict) space).spaces().entrySet()) {
        next = write(part.getValue(), ((Map<?, ?>) value).get(part.getKey()), vector, next);
      }
      return next;
    }
    double[] numbers = ((NDArray) value).doubles();
    System.arraycopy(numbers, 0, vector, at, numbers.length);
    return at + numbers.length;
  }

  private static int oneHots(MultiDiscrete space, NDArray value, double[] vector, int at) {
    int next = at;
    for (int i = 0; i < value.size(); i++) {
      long index = value.longAt(i) - space.start().longAt(i);
      next = oneHot(index, space.nvec().longAt(i), vector, next);
    }
    return next;
  }

  private static int oneHot(long index, long n, double[] vector, int at) {
    if (index < 0 || index >= n) {
      throw new IllegalStateException(
          "An observation is " + index + ", the space has " + n + " values");
    }
    vector[at + (int) index] = 1;
    return at + (int) n;
  }

  ObservationSpace<org.deeplearning4j.rl4j.space.Box> space() {
    return new ObservationSpace<>() {
      @Override
      public String getName() {
        return space.toString();
      }

      @Override
      public int[] getShape() {
        return new int[] {low.length};
      }

      @Override
      public INDArray getLow() {
        return Nd4j.createFromArray(low);
      }

      @Override
      public INDArray getHigh() {
        return Nd4j.createFromArray(high);
      }
    };
  }
}
