package io.github.gymhttpapi.space;

import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.DecodeException;
import io.github.gymhttpapi.NDArray;
import io.github.gymhttpapi.internal.NestedLists;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A set of values, such as the actions that an environment takes or the observations that it gives.
 *
 * <p>A value of a Box, MultiDiscrete or MultiBinary is an {@link io.github.gymhttpapi.NDArray}, of
 * a Discrete a {@code Long}, of a Text a {@code String}, of a Tuple a {@code List}, of a Dict a
 * {@code Map}. A value of a Sequence is a {@code List}, or with {@link Sequence#stack()} one
 * batched value. A value of a Graph is a {@code Map} of {@code nodes}, {@code edges} and {@code
 * edge_links}, of a OneOf a {@code List} of the index and the value.
 */
public abstract class Space {
  Space() {}

  /**
   * Rebuilds a space from what the server says of it.
   *
   * @param description the {@code info} of a space reply
   * @return the space; an {@link UnknownSpace} when it is of a kind that this client does not know
   * @throws DecodeException when a fact is missing or of a wrong type
   */
  public static Space of(Map<String, ? extends @Nullable Object> description) {
    Description known = new Description(description);
    switch (known.text("name")) {
      case "Discrete":
        return new Discrete(known);
      case "Box":
        return new Box(known);
      case "MultiDiscrete":
        return new MultiDiscrete(known);
      case "MultiBinary":
        return new MultiBinary(known);
      case "Text":
        return new Text(known);
      case "Tuple":
        return new Tuple(known);
      case "Dict":
        return new Dict(known);
      case "Sequence":
        return new Sequence(known);
      case "Graph":
        return new Graph(known);
      case "OneOf":
        return new OneOf(known);
      default:
        return new UnknownSpace(known);
    }
  }

  /**
   * Turns a value as it came over the wire (nested lists from JSON, arrays from MessagePack) into
   * this space's own form.
   *
   * @param wire the value of a reply
   * @return the value as this class's description says
   * @throws DecodeException when it cannot be a value of this space
   */
  public abstract @Nullable Object read(@Nullable Object wire);

  /**
   * Several values in one, as Gymnasium batches them: an array with a leading axis where the values
   * are arrays.
   */
  @Nullable Object readBatch(@Nullable Object wire) {
    return each(this, wire);
  }

  static List<@Nullable Object> each(Space space, @Nullable Object wire) {
    List<@Nullable Object> values = new ArrayList<>();
    for (Object part : list(wire, "a list of values")) {
      values.add(space.read(part));
    }
    return Collections.unmodifiableList(values);
  }

  static int[] batchShape(int[] shape) {
    int[] batched = new int[shape.length + 1];
    System.arraycopy(shape, 0, batched, 1, shape.length);
    return batched;
  }

  static long integer(@Nullable Object wire, String what) {
    if (wire instanceof Number && ((Number) wire).doubleValue() % 1 == 0) {
      return ((Number) wire).longValue();
    }
    // An environment may give a zero-dimensional array where it says an integer.
    if (wire instanceof NDArray
        && ((NDArray) wire).size() == 1
        && ((NDArray) wire).doubleAt(0) % 1 == 0) {
      return ((NDArray) wire).longAt(0);
    }
    throw unexpected(what, wire);
  }

  static List<?> list(@Nullable Object wire, String what) {
    if (wire instanceof List) {
      return (List<?>) wire;
    }
    throw unexpected(what, wire);
  }

  static Map<?, ?> map(@Nullable Object wire, String what) {
    if (wire instanceof Map) {
      return (Map<?, ?>) wire;
    }
    throw unexpected(what, wire);
  }

  static DecodeException unexpected(String what, @Nullable Object wire) {
    return new DecodeException("Expected " + what + ", got " + NestedLists.describe(wire), null);
  }

  static DType dtype(Description description, DType absent) {
    return description.has("dtype") ? DType.of(description.text("dtype")) : absent;
  }
}
