package io.github.gymhttpapi.space;

import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.internal.NestedLists;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Graphs: {@code nodes}, and {@code edges} with {@code edge_links} (pairs of node indices) where
 * there are any.
 */
public final class Graph extends Space {
  private final Space nodeSpace;
  private final @Nullable Space edgeSpace;

  Graph(Description description) {
    nodeSpace = description.space("node_space");
    edgeSpace = description.has("edge_space") ? description.space("edge_space") : null;
  }

  /**
   * The space of a node.
   *
   * @return a Box or a Discrete
   */
  public Space nodeSpace() {
    return nodeSpace;
  }

  /**
   * The space of an edge.
   *
   * @return a Box or a Discrete, or null when edges carry no value
   */
  public @Nullable Space edgeSpace() {
    return edgeSpace;
  }

  @Override
  public Map<String, @Nullable Object> read(@Nullable Object wire) {
    Map<?, ?> parts = map(wire, "an object with 'nodes'");
    Map<String, @Nullable Object> graph = new LinkedHashMap<>();
    graph.put("nodes", nodeSpace.readBatch(parts.get("nodes")));
    if (edgeSpace != null && parts.get("edges") != null) {
      graph.put("edges", edgeSpace.readBatch(parts.get("edges")));
    }
    if (parts.get("edge_links") != null) {
      graph.put("edge_links", NestedLists.array(parts.get("edge_links"), DType.INT32, 0, 2));
    }
    return Collections.unmodifiableMap(graph);
  }

  @Override
  public String toString() {
    return "Graph(" + nodeSpace + ", " + edgeSpace + ")";
  }
}
