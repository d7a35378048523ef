#!/usr/bin/env bash
# The lake server: Spark Connect and Thrift on one driver. Usage: lake-server.sh MASTER [more spark-submit options]
#   lake-server.sh spark://master:7077
#   lake-server.sh yarn --queue jiandu
#   lake-server.sh k8s://https://k8s:6443 --conf spark.kubernetes.container.image=…
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
master=${1:?master, for example spark://master:7077}
shift
SPARK_HOME=$("$root/.venv/bin/python" -c 'import pyspark, pathlib; print(pathlib.Path(pyspark.__file__).parent)')
export SPARK_HOME PYSPARK_PYTHON=${PYSPARK_PYTHON:-$root/.venv/bin/python}
export SPARK_CONF_DIR=${SPARK_CONF_DIR:-$(cd "$(dirname "$0")" && pwd)}
jars=$(printf '%s,' "$root"/.tools/jars/spark/*.jar)
# On the driver's class path too: Thrift sessions do not see what stands in --jars alone.
exec "$SPARK_HOME/bin/spark-submit" --master "$master" --name jiandu --driver-memory "${JIANDU_SPARK_MEMORY:-8g}" \
  --jars "${jars%,}" --driver-class-path "$root/.tools/jars/spark/*" \
  --class org.apache.spark.sql.hive.thriftserver.HiveThriftServer2 "$@" spark-internal
